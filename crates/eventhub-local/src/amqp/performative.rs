//! The lists of the protocol: performatives, SASL frames, terminuses, errors, the properties of a
//! message, each with its fields in order
//! ([AMQP 1.0, 2.7](https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-transport-v1.0-os.html#section-performatives),
//! [5.3.3](https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-security-v1.0-os.html#doc-idp51040),
//! [3.5](https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-messaging-v1.0-os.html#section-message-format)).
//!
//! Every list is written with all its fields. The standard lets a writer leave trailing nulls out, but
//! Microsoft's Python client (azure-eventhub 5.15.1) reads fields by their index and fails with
//! `list index out of range`.

use crate::amqp::encode;
use crate::amqp::value::{DecodeError, Element};

/// A field: one of the types that the protocol has for them, or null.
trait Field<'a>: Sized {
    fn read(element: Element<'a>) -> Result<Self, DecodeError>;

    fn write(&self, out: &mut Vec<u8>);
}

/// Any value, as it was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Raw<'a>(pub(crate) Element<'a>);

/// A text that is written as a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Symbol<'a>(pub(crate) &'a str);

impl<'a> Field<'a> for Raw<'a> {
    fn read(element: Element<'a>) -> Result<Self, DecodeError> {
        Ok(Self(element))
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.encoded());
    }
}

impl<'a> Field<'a> for Symbol<'a> {
    fn read(element: Element<'a>) -> Result<Self, DecodeError> {
        element.text().map(Symbol)
    }

    fn write(&self, out: &mut Vec<u8>) {
        encode::symbol(out, self.0);
    }
}

impl<'a> Field<'a> for &'a str {
    fn read(element: Element<'a>) -> Result<Self, DecodeError> {
        element.text()
    }

    fn write(&self, out: &mut Vec<u8>) {
        encode::string(out, self);
    }
}

impl<'a> Field<'a> for &'a [u8] {
    fn read(element: Element<'a>) -> Result<Self, DecodeError> {
        element.binary()
    }

    fn write(&self, out: &mut Vec<u8>) {
        encode::binary(out, self);
    }
}

macro_rules! scalar_fields {
    ($($type:ty: $read:ident, $write:ident;)*) => {$(
        impl Field<'_> for $type {
            fn read(element: Element<'_>) -> Result<Self, DecodeError> {
                element.$read()?.try_into().map_err(|_| DecodeError::Type(stringify!($type)))
            }

            fn write(&self, out: &mut Vec<u8>) {
                encode::$write(out, *self);
            }
        }
    )*};
}

scalar_fields! {
    bool: boolean, boolean;
    u8: unsigned, ubyte;
    u16: unsigned, ushort;
    u32: unsigned, uint;
    u64: unsigned, ulong;
}

/// A list whose descriptor says which fields it has.
pub(crate) trait List<'a>: Sized {
    /// The descriptor.
    const CODE: u8;

    /// Reads the fields that are there; later ones, which this version of the protocol does not have,
    /// are ignored.
    fn read(element: Element<'a>) -> Result<Self, DecodeError>;

    /// Appends the list with all its fields.
    fn write(&self, out: &mut Vec<u8>);

    fn encoded(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
}

/// Each row is a list: its type here, its descriptor as a number and as a symbol, and its fields in
/// wire order. It becomes a struct whose fields are all optional, its reader and its writer.
macro_rules! lists {
    ($($(#[$doc:meta])* $list:ident = $code:literal $name:literal { $($field:ident: $type:ty,)* })*) => {
        /// The descriptors, for peers that write them as symbols.
        const DESCRIPTORS: &[(&str, u64)] = &[$(($name, $code)),*];

        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub(crate) struct $list<'a> {
                $(pub(crate) $field: Option<$type>,)*
            }

            impl<'a> List<'a> for $list<'a> {
                const CODE: u8 = $code;

                fn read(element: Element<'a>) -> Result<Self, DecodeError> {
                    if element.descriptor(DESCRIPTORS) != Some($code) {
                        return Err(DecodeError::Type($name));
                    }
                    let mut items = element.list()?;
                    let mut list = Self::default();
                    $(
                        match items.next().transpose()? {
                            Some(item) if !item.is_null() => list.$field = Some(Field::read(item)?),
                            _ => {}
                        }
                    )*
                    Ok(list)
                }

                fn write(&self, out: &mut Vec<u8>) {
                    const FIELDS: u32 = 0 $(+ { let _ = stringify!($field); 1 })*;

                    encode::descriptor(out, $code);
                    encode::list(out, FIELDS, |out| {
                        $(
                            match &self.$field {
                                Some(field) => Field::write(field, out),
                                None => encode::null(out),
                            }
                        )*
                    });
                }
            }
        )*
    };
}

lists! {
    Open = 0x10 "amqp:open:list" {
        container_id: &'a str,
        hostname: &'a str,
        max_frame_size: u32,
        channel_max: u16,
        idle_time_out: u32,
        outgoing_locales: Raw<'a>,
        incoming_locales: Raw<'a>,
        offered_capabilities: Raw<'a>,
        desired_capabilities: Raw<'a>,
        properties: Raw<'a>,
    }
    Begin = 0x11 "amqp:begin:list" {
        remote_channel: u16,
        next_outgoing_id: u32,
        incoming_window: u32,
        outgoing_window: u32,
        handle_max: u32,
        offered_capabilities: Raw<'a>,
        desired_capabilities: Raw<'a>,
        properties: Raw<'a>,
    }
    Attach = 0x12 "amqp:attach:list" {
        name: &'a str,
        handle: u32,
        role: bool,
        snd_settle_mode: u8,
        rcv_settle_mode: u8,
        source: Raw<'a>,
        target: Raw<'a>,
        unsettled: Raw<'a>,
        incomplete_unsettled: bool,
        initial_delivery_count: u32,
        max_message_size: u64,
        offered_capabilities: Raw<'a>,
        desired_capabilities: Raw<'a>,
        properties: Raw<'a>,
    }
    Flow = 0x13 "amqp:flow:list" {
        next_incoming_id: u32,
        incoming_window: u32,
        next_outgoing_id: u32,
        outgoing_window: u32,
        handle: u32,
        delivery_count: u32,
        link_credit: u32,
        available: u32,
        drain: bool,
        echo: bool,
        properties: Raw<'a>,
    }
    Transfer = 0x14 "amqp:transfer:list" {
        handle: u32,
        delivery_id: u32,
        delivery_tag: &'a [u8],
        message_format: u32,
        settled: bool,
        more: bool,
        rcv_settle_mode: u8,
        state: Raw<'a>,
        resume: bool,
        aborted: bool,
        batchable: bool,
    }
    Disposition = 0x15 "amqp:disposition:list" {
        role: bool,
        first: u32,
        last: u32,
        settled: bool,
        state: Raw<'a>,
        batchable: bool,
    }
    Detach = 0x16 "amqp:detach:list" {
        handle: u32,
        closed: bool,
        error: Raw<'a>,
    }
    End = 0x17 "amqp:end:list" {
        error: Raw<'a>,
    }
    Close = 0x18 "amqp:close:list" {
        error: Raw<'a>,
    }
    AmqpError = 0x1d "amqp:error:list" {
        condition: Symbol<'a>,
        description: &'a str,
        info: Raw<'a>,
    }
    Rejected = 0x25 "amqp:rejected:list" {
        error: Raw<'a>,
    }
    Source = 0x28 "amqp:source:list" {
        address: &'a str,
        durable: u32,
        expiry_policy: Symbol<'a>,
        timeout: u32,
        dynamic: bool,
        dynamic_node_properties: Raw<'a>,
        distribution_mode: Symbol<'a>,
        filter: Raw<'a>,
        default_outcome: Raw<'a>,
        outcomes: Raw<'a>,
        capabilities: Raw<'a>,
    }
    Target = 0x29 "amqp:target:list" {
        address: &'a str,
        durable: u32,
        expiry_policy: Symbol<'a>,
        timeout: u32,
        dynamic: bool,
        dynamic_node_properties: Raw<'a>,
        capabilities: Raw<'a>,
    }
    SaslMechanisms = 0x40 "amqp:sasl-mechanisms:list" {
        mechanisms: Raw<'a>,
    }
    SaslInit = 0x41 "amqp:sasl-init:list" {
        mechanism: Symbol<'a>,
        initial_response: &'a [u8],
        hostname: &'a str,
    }
    SaslOutcome = 0x44 "amqp:sasl-outcome:list" {
        code: u8,
        additional_data: &'a [u8],
    }
    Properties = 0x73 "amqp:properties:list" {
        message_id: Raw<'a>,
        user_id: &'a [u8],
        to: &'a str,
        subject: &'a str,
        reply_to: &'a str,
        correlation_id: Raw<'a>,
        content_type: Symbol<'a>,
        content_encoding: Symbol<'a>,
        absolute_expiry_time: Raw<'a>,
        creation_time: Raw<'a>,
        group_id: &'a str,
        group_sequence: u32,
        reply_to_group_id: &'a str,
    }
}

/// Appends the outcome of a delivery that was accepted, the one list without fields.
pub(crate) fn write_accepted(out: &mut Vec<u8>) {
    const ACCEPTED: u8 = 0x24;

    encode::descriptor(out, ACCEPTED);
    encode::list(out, 0, |_| {});
}

/// The performative that a frame begins with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Performative<'a> {
    Open(Open<'a>),
    Begin(Begin<'a>),
    Attach(Attach<'a>),
    Flow(Flow<'a>),
    Transfer(Transfer<'a>),
    /// What it says of deliveries is of no use here; see
    /// [`Outgoing::settled`](crate::amqp::link::Outgoing::settled).
    Disposition,
    Detach(Detach<'a>),
    End,
    Close,
}

impl<'a> Performative<'a> {
    pub(crate) fn read(element: Element<'a>) -> Result<Self, DecodeError> {
        match element.descriptor(DESCRIPTORS).and_then(|it| u8::try_from(it).ok()) {
            Some(Open::CODE) => Open::read(element).map(Self::Open),
            Some(Begin::CODE) => Begin::read(element).map(Self::Begin),
            Some(Attach::CODE) => Attach::read(element).map(Self::Attach),
            Some(Flow::CODE) => Flow::read(element).map(Self::Flow),
            Some(Transfer::CODE) => Transfer::read(element).map(Self::Transfer),
            Some(Disposition::CODE) => Disposition::read(element).map(|_| Self::Disposition),
            Some(Detach::CODE) => Detach::read(element).map(Self::Detach),
            Some(End::CODE) => End::read(element).map(|_| Self::End),
            Some(Close::CODE) => Close::read(element).map(|_| Self::Close),
            _ => Err(DecodeError::Type("a performative")),
        }
    }
}
