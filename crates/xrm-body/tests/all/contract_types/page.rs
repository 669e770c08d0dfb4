//! The page's text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{MessageFormat, decode, encode};
use xrm_context::contract::{EnumType, Slot, TypeName};
use xrm_context::{Array, ArrayKind, Namespace, RemoteExecutionContext, Value};

use super::cases::cases;
use super::examples::{self, Example, in_object_place};
use super::excerpt;

pub(super) fn page() -> String {
    let mut page = Page { text: String::new(), cases: cases() };
    page.text.push_str(INTRODUCTION);
    page.whole_body();
    page.text.push_str("## Scalars\n\n");
    examples::scalars().iter().for_each(|example| page.example(example));
    for (title, group) in examples::known() {
        write!(page.text, "## {title}\n\n").unwrap();
        group.iter().for_each(|example| page.example(example));
    }
    page.text.push_str(ENUMERATIONS);
    examples::enumerations().iter().for_each(|example| page.example(example));
    page.text.push_str(DECLARED);
    examples::declared().iter().for_each(|example| page.example(example));
    page.arrays();
    page.text.push_str(RAW);
    page.raw();
    page.text
}

const INTRODUCTION: &str = "\
# Contract types

Every contract type that these crates know, and how each is written. A test of `xrm-body` makes this page from the values
that it shows; `WRITE_DOCS=1 cargo test -p xrm-body contract_types` writes it anew, and without the variable the test
fails where the page differs from what the encoders write, or lacks a type.

Each section has the type's name in Rust, the contract's name and namespace, the expression of a small value, and that
value in JSON and in XML, as it stands in an `object` place: here as the input parameter `v`. The prefix `a` is bound to
`http://schemas.datacontract.org/2004/07/System.Collections.Generic` outside of the element. `ID` and `TIME` are the guid
`2d1b5d9e-7c0f-4a53-9b1c-6a0f42c177e0` and 2024-05-17T08:15:42Z. *Fixtures* are the cases of `fixtures/bodies` that hold
a value of the type: there Microsoft's SDK wrote the bytes, and the tests compare all of them. Where a section names
none, the bytes follow from the contract and from the rules that the fixtures show.

";

const ENUMERATIONS: &str = "\
## Enumerations

Numbers in JSON, names in XML. Values that have no name are read and written in JSON; XML can't hold them, but for flags of
which none is set: an empty element.

";

const DECLARED: &str = "\
## Types of declared places

These do not stand in `object` places: the platform knows them only where a contract declares them. They are shown as the
member that declares them, or lists them. There is no type hint, for the place says it all.

";

const ARRAYS: &str = "\
## Arrays

The arrays that the platform knows, each with one item: null, where items may be null. An item that is a class has its
type hint in JSON, and none in XML, where the array's says it.

| array | namespace | JSON | XML |
|---|---|---|---|
";

const RAW: &str = "\
## Types that are kept as they stand

The platform's SDK knows more contract types than these crates: metadata of tables and columns, audit details, app
modules, solutions, and others that hardly ever stand in an execution context. A value of such a type is `Value::Raw`: it
is kept as it stands in the body, goes through unchanged in its own format, and is refused by name in the other. With
`DecodeOptions::strict` a type that is not on this page is an error, as an unknown type is to the platform's reader.

`BusinessNotification` (`http://schemas.microsoft.com/crm/2011/Contracts`), with its arrays, is one of them. The names
and numbers of its member `Severity`, which is a number in JSON and a name in XML, are published: None 0, Error 1,
Warning 2, Information 3, UserDefined 4 ([`BusinessNotificationSeverity`][severity]). But they are documented as for
internal use only, and no body of the fixtures holds one: so it is kept raw, and nothing about its parameters is guessed.

[severity]: https://learn.microsoft.com/previous-versions/dynamicscrm-2016/developers-guide/mt718090(v=crm.8)

";

struct Page {
    text: String,
    /// The fixtures that hold a value of a type.
    cases: BTreeMap<&'static str, Vec<String>>,
}

impl Page {
    fn whole_body(&mut self) {
        let context = in_object_place(1);
        let [json, xml] = [Json, Xml].map(|format| body(&context, format).unwrap());
        self.text.push_str("## RemoteExecutionContext\n\n");
        self.contract(Slot::ROOT.name, Slot::ROOT.namespace);
        self.text.push_str(". The body itself: here of a context with the parameter `v`.\n\n");
        self.code("json", &json);
        self.code("xml", &xml);
    }

    fn example(&mut self, example: &Example) {
        write!(self.text, "### {}\n\n", example.name).unwrap();
        match example.contract {
            Some(&TypeName { name, namespace, .. }) => self.contract(name, namespace),
            None => self.text.push_str("No contract"),
        }
        if let Some(class) = example.class {
            write!(self.text, ", in `{}` of `{class}`", example.member).unwrap();
        }
        self.text.push('.');
        let value = example.context.input_parameters["v"].type_name();
        if let Some(cases) = self.cases.get(value).filter(|_| example.class.is_none()) {
            self.text.push_str(&told(cases));
        }
        self.text.push_str("\n\n");
        if let Some(enumeration) = example.enumeration {
            self.enumeration(enumeration);
        }
        self.code("rust", &one_line(example.expression));
        match body(&example.context, Json) {
            Ok(body) => self.code("json", excerpt::of_json(&body, example.member)),
            Err(error) => self.refusal(Json, &error),
        }
        match body(&example.context, Xml) {
            Ok(body) => self.code("xml", excerpt::of_xml(&body, example.member)),
            Err(error) => self.refusal(Xml, &error),
        }
    }

    fn contract(&mut self, name: &str, namespace: Namespace) {
        write!(self.text, "`{name}` of `{namespace}`").unwrap();
    }

    fn code(&mut self, language: &str, code: &str) {
        write!(self.text, "```{language}\n{code}\n```\n\n").unwrap();
    }

    fn refusal(&mut self, format: MessageFormat, error: &xrm_body::Error) {
        let format = format.to_string().to_uppercase();
        write!(self.text, "{format} refuses it, as the platform does: {error}.\n\n").unwrap();
    }

    fn enumeration(&mut self, enumeration: &EnumType) {
        let members = enumeration.members.iter();
        let members: Vec<_> = members.map(|(name, number)| format!("{name} {number}")).collect();
        let kind = if enumeration.flags { "Flags" } else { "Values" };
        write!(self.text, "{kind}: {}.\n\n", members.join(", ")).unwrap();
    }

    fn arrays(&mut self) {
        self.text.push_str(ARRAYS);
        for kind in ArrayKind::all() {
            let array = Array::new(kind, vec![item_of(kind)]).expect("it holds the item");
            let context = in_object_place(array);
            let [json, xml] = [Json, Xml].map(|format| body(&context, format).unwrap());
            let &TypeName { name, namespace, .. } = kind.type_name();
            let (json, xml) = (excerpt::of_json(&json, "v"), excerpt::of_xml(&xml, "v"));
            writeln!(self.text, "| `{name}` | {namespace} | `{json}` | `{xml}` |").unwrap();
        }
        self.text.push('\n');
    }

    fn raw(&mut self) {
        let value = r#"{"__type":"BusinessNotification:http:\/\/schemas.microsoft.com\/crm\/2011\/Contracts","Message":"Saved","Parameters":null,"Severity":0}"#;
        let read = format!(r#"{{"InputParameters":[{{"key":"v","value":{value}}}]}}"#);
        let context = decode(read.as_bytes(), Json).unwrap();
        assert!(matches!(context.input_parameters["v"], Value::Raw(_)));
        let written = body(&context, Json).unwrap();
        self.code("json", excerpt::of_json(&written, "v"));
        let error = body(&context, Xml).unwrap_err();
        writeln!(self.text, "In XML: {error}.").unwrap();
    }
}

fn body(
    context: &RemoteExecutionContext,
    format: MessageFormat,
) -> Result<String, xrm_body::Error> {
    encode(context, format).map(|body| String::from_utf8(body).expect("bodies are UTF-8"))
}

/// Something that an array of the kind holds: null, where it holds nulls.
fn item_of(kind: ArrayKind) -> Value {
    let scalars = examples::scalars().into_iter().chain(examples::enumerations());
    let scalars = scalars.map(|example| example.context.input_parameters["v"].clone());
    let fits = |value: &Value| Array::new(kind, vec![value.clone()]).is_ok();
    let null = [Value::Null].into_iter().filter(|_| kind != ArrayKind::OBJECT);
    null.chain(scalars.filter(|value| !value.is_null())).find(fits).expect("it holds something")
}

/// The tokens of an expression, with no breaks where the compiler put some.
fn one_line(expression: &str) -> String {
    let words: Vec<_> = expression.split_whitespace().collect();
    let joined = words.join(" ");
    [("( ", "("), ("[ ", "["), (",)", ")"), (",]", "]")]
        .into_iter()
        .fold(joined, |text, (from, to)| text.replace(from, to))
}

fn told(cases: &[String]) -> String {
    let few: Vec<_> = cases.iter().take(4).map(|case| format!("`{case}`")).collect();
    let more = cases.len() - few.len();
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!(" Fixtures: {}{more}.", few.join(", "))
}
