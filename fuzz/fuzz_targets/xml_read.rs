#![no_main]

use libfuzzer_sys::fuzz_target;
use xrm_body::MessageFormat;

fuzz_target!(|body: &[u8]| xrm_fuzz::read(body, MessageFormat::Xml));
