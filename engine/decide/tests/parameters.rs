//! Parameters in path, query, headers and cookies: every style, one spelling per value, nothing undeclared.

mod support;

use firstclass_decide::Reason;
use serde_json::{Value, json};
use support::{House, bundle, call, get, operation, parameter, violations, with};

/// An operation with one parameter, whose schema is number 1.
fn house(declared: Value, schema: Value) -> House {
    let template = if declared["in"] == "path" {
        format!("/x/{{{}}}", declared["name"].as_str().expect("a name"))
    } else {
        "/x".to_owned()
    };
    let plain = json!({"parameters": [declared]});
    House::new(&bundle(vec![(&*template, vec![operation("x", "GET", plain)])], json!([{"additional": 0}, schema])))
}

fn integer(place: &str) -> House {
    house(parameter(place, "id", "integer", 1, json!({})), json!({"types": ["integer"], "minimum": 1}))
}

fn faults(house: &mut House, raw: &str) -> Vec<String> {
    match house.decide(raw) {
        Ok(_) => Vec::new(),
        Err(refusal) if refusal.reason == Reason::ParameterInvalid => violations(&refusal),
        Err(refusal) => panic!("{refusal:?}"),
    }
}

#[test]
fn a_path_number_has_one_spelling() {
    let mut house = integer("path");
    assert!(faults(&mut house, &get("/v1/x/7")).is_empty());
    assert!(house.forwarded(&get("/v1/x/%37")).starts_with("GET /v1/x/7 HTTP/1.1\r\n"));
    for (text, keyword) in [
        ("07", "type"),
        ("+7", "type"),
        ("7a", "type"),
        ("7.0", "type"),
        ("1e2", "type"),
        ("-0", "type"),
        ("0x7", "type"),
        ("%20", "type"),
        ("0", "minimum"),
        ("-7", "minimum"),
        ("%D9%A7", "type"),
    ] {
        assert_eq!(faults(&mut house, &get(&format!("/v1/x/{text}"))), [format!("path id {keyword}")], "{text}");
    }
    let refusal = house.decide(&get("/v1/x/0")).expect_err("below the minimum");
    assert_eq!(refusal.rule.to_string(), "operations/0/parameters/0");
}

#[test]
fn a_number_may_have_a_fraction_where_one_is_declared() {
    let mut house = house(parameter("query", "n", "number", 1, json!({})), json!({"types": ["number"]}));
    for text in ["1", "1.5", "1e2", "0", "-1.5E-3", "1e%2B2"] {
        assert!(faults(&mut house, &get(&format!("/v1/x?n={text}"))).is_empty(), "{text}");
    }
    for text in ["-0", "-0.0", "-0e1", "01", "1.", ".5", "1e", "NaN", "+1", "1e400", " 1", "1%20"] {
        assert_eq!(faults(&mut house, &get(&format!("/v1/x?n={}", text.replace(' ', "+")))).len(), 1, "{text}");
    }
}

#[test]
fn the_first_type_that_is_spelled_counts() {
    let shape = json!({"shape": {"scalar": ["boolean", "null", "integer", "string"]}});
    let schema = json!({"enum": [true, null, 5, "x"]});
    let mut house = house(parameter("query", "v", "string", 1, shape), schema);
    for text in ["true", "null", "5", "x"] {
        assert!(faults(&mut house, &get(&format!("/v1/x?v={text}"))).is_empty(), "{text}");
    }
    for text in ["false", "True", "05", ""] {
        assert_eq!(faults(&mut house, &get(&format!("/v1/x?v={text}"))), ["query v enum"], "{text}");
    }
}

#[test]
fn undeclared_query_parameters_are_violations_and_headers_are_left_behind() {
    let mut house = integer("query");
    assert_eq!(faults(&mut house, &get("/v1/x?id=7&debug=1")), ["query debug undeclared"]);
    assert_eq!(faults(&mut house, &get("/v1/x?ID=7")), ["query ID undeclared"]);
    assert_eq!(faults(&mut house, &get("/v1/x?id%5B%5D=7")), ["query id[] undeclared"]);
    assert_eq!(
        faults(&mut house, &get(&format!("/v1/x?{}=1", "a".repeat(200)))),
        [format!("query {} undeclared", "a".repeat(64))]
    );
    let head = house.forwarded(&call("GET", "/v1/x?id=7", "X-Debug: 1\r\nCookie: a=b\r\n"));
    assert!(!head.contains("Debug") && !head.contains("Cookie"), "{head}");
}

#[test]
fn a_parameter_sent_twice_is_refused() {
    assert_eq!(faults(&mut integer("query"), &get("/v1/x?id=5&id=6")), ["query id repeated"]);
    assert_eq!(faults(&mut integer("query"), &get("/v1/x?id=5&%69d=5")), ["query id repeated"]);
    assert_eq!(faults(&mut integer("header"), &call("GET", "/v1/x", "id: 5\r\nID: 5\r\n")), ["header id repeated"]);
    assert_eq!(faults(&mut integer("cookie"), &call("GET", "/v1/x", "Cookie: id=5; id=5\r\n")), ["cookie id repeated"]);
    let two = call("GET", "/v1/x", "Cookie: id=5\r\nCookie: a=b\r\n");
    assert_eq!(faults(&mut integer("cookie"), &two), ["cookie id repeated"]);
}

#[test]
fn required_parameters_are_required() {
    for place in ["query", "header", "cookie"] {
        let declared = parameter(place, "id", "integer", 1, json!({"required": true}));
        let mut house = house(declared, json!({}));
        assert_eq!(faults(&mut house, &get("/v1/x")), [format!("{place} id required")]);
        let mut optional = integer(place);
        assert!(faults(&mut optional, &get("/v1/x")).is_empty());
    }
    assert_eq!(
        faults(
            &mut house(parameter("query", "id", "integer", 1, json!({"required": true})), json!({})),
            &get("/v1/x?")
        ),
        ["query id required"]
    );
}

#[test]
fn declared_headers_and_cookies_are_judged_and_forwarded() {
    let mut header = integer("header");
    assert_eq!(faults(&mut header, &call("GET", "/v1/x", "Id: 0\r\n")), ["header id minimum"]);
    assert!(header.forwarded(&call("GET", "/v1/x", "ID: 7\r\n")).contains("\r\nID: 7\r\n"));
    let mut cookie = integer("cookie");
    assert_eq!(faults(&mut cookie, &call("GET", "/v1/x", "Cookie: id=x\r\n")), ["cookie id type"]);
    let head = cookie.forwarded(&call("GET", "/v1/x", "Cookie: session=secret; id=7; z\r\n"));
    assert!(head.contains("\r\nCookie: id=7\r\n"), "{head}");
}

#[test]
fn no_cookie_hides_in_the_value_of_another() {
    let mut theme = house(parameter("cookie", "theme", "string", 1, json!({})), json!({"types": ["string"]}));
    let head = theme.forwarded(&call("GET", "/v1/x", "Cookie: theme=dark uid=bob\r\n"));
    assert!(head.contains("\r\nCookie: theme=dark%20uid=bob\r\n"), "{head}");
    let head = theme.forwarded(&call("GET", "/v1/x", "Cookie: theme=dark blue\r\n"));
    assert!(head.contains("\r\nCookie: theme=dark blue\r\n"), "{head}");
}

#[test]
fn an_empty_value_needs_permission_only_where_the_schema_refuses_it() {
    let mut strict = integer("query");
    assert_eq!(faults(&mut strict, &get("/v1/x?id=")), ["query id type"]);
    assert_eq!(faults(&mut strict, &get("/v1/x?id")), ["query id type"]);
    let declared = parameter("query", "id", "integer", 1, json!({"allow_empty": true}));
    let mut allowed = house(declared, json!({"types": ["integer"]}));
    assert!(faults(&mut allowed, &get("/v1/x?id=")).is_empty());
    assert!(allowed.forwarded(&get("/v1/x?id")).starts_with("GET /v1/x?id= HTTP"));
}

#[test]
fn a_query_is_text_in_utf_8() {
    let mut house =
        house(parameter("query", "q", "string", 1, json!({})), json!({"enum": ["a b", "é", "a+b", "a&b=c"]}));
    for query in ["q=a+b", "q=a%20b", "q=%C3%A9", "q=%c3%a9", "q=a%2Bb", "q=a%26b=c", "q=a%26b%3dc"] {
        assert!(faults(&mut house, &get(&format!("/v1/x?{query}"))).is_empty(), "{query}");
    }
    for query in ["q=%FF", "q=%C3", "%FF=1", "q=%C0%AF"] {
        assert_eq!(faults(&mut house, &get(&format!("/v1/x?{query}"))), ["query  syntax"], "{query}");
    }
}

#[test]
fn the_query_is_forwarded_in_one_spelling() {
    let declared = parameter("query", "q", "string", 1, json!({"shape": {"array": ["string"]}}));
    let mut house = house(declared, json!({}));
    for (sent, forwarded) in [
        ("q=gold&q=basic", "?q=gold&q=basic"),
        ("q=a%2fb&&q=%7e%41", "?q=a%2Fb&q=~A"),
        ("%71=a;b", "?q=a%3Bb"),
        ("q=a+b&q=a%20b", "?q=a%20b&q=a%20b"),
        ("q=a=b&q", "?q=a=b&q="),
        ("", ""),
        ("&", ""),
    ] {
        let head = house.forwarded(&get(&format!("/v1/x?{sent}")));
        assert!(head.starts_with(&format!("GET /v1/x{forwarded} HTTP/1.1\r\n")), "{sent}: {head}");
    }
}

/// Sends each text at a place and expects the JSON that its style spells.
fn read(place: &str, more: Value, texts: &[(&str, Value)]) {
    for (text, value) in texts {
        let schema = json!({"enum": [value], "additional": 0});
        let mut house = house(parameter(place, "id", "string", 1, more.clone()), schema);
        let raw = match place {
            "path" => get(&format!("/v1/x/{text}")),
            "query" => get(&format!("/v1/x?{text}")),
            "header" => call("GET", "/v1/x", &format!("id: {text}\r\n")),
            _ => call("GET", "/v1/x", &format!("Cookie: id={text}\r\n")),
        };
        assert!(faults(&mut house, &raw).is_empty(), "{place} {more} {text} is not {value}");
    }
}

fn array() -> Value {
    json!({"array": ["integer", "string"]})
}

fn object() -> Value {
    json!({"object": {"properties": [["role", {"scalar": ["string"]}], ["n", {"scalar": ["integer"]}]], "additional": null}})
}

#[test]
fn simple_style() {
    for explode in [false, true] {
        read("path", json!({"shape": array(), "explode": explode}), &[("3,a", json!([3, "a"])), ("5", json!([5]))]);
        read("header", json!({"shape": array(), "explode": explode}), &[("3, a ,b", json!([3, "a", "b"]))]);
    }
    read("path", json!({"shape": object()}), &[("role,admin,n,5", json!({"role": "admin", "n": 5}))]);
    read("path", json!({"shape": object(), "explode": true}), &[("role=a%3Db,n=5", json!({"role": "a=b", "n": 5}))]);
    read(
        "header",
        json!({"shape": object(), "explode": true}),
        &[("role=admin, n=5", json!({"role": "admin", "n": 5}))],
    );
}

#[test]
fn label_style() {
    let label = |shape: Value, explode: bool| json!({"style": "label", "shape": shape, "explode": explode});
    read("path", label(json!({"scalar": ["integer"]}), false), &[(".5", json!(5))]);
    read("path", label(array(), false), &[(".3,4", json!([3, 4]))]);
    read("path", label(array(), true), &[(".3.4", json!([3, 4]))]);
    read("path", label(object(), false), &[(".role,admin,n,5", json!({"role": "admin", "n": 5}))]);
    read("path", label(object(), true), &[(".role=admin.n=5", json!({"role": "admin", "n": 5}))]);
}

#[test]
fn form_style() {
    let form = |shape: Value, explode: bool| json!({"shape": shape, "explode": explode});
    read("query", form(array(), true), &[("id=3&id=a", json!([3, "a"])), ("id=3,4", json!(["3,4"]))]);
    read("query", form(array(), false), &[("id=3,a", json!([3, "a"])), ("id=a+b,c", json!(["a b", "c"]))]);
    read("query", form(object(), true), &[("role=admin&n=5", json!({"role": "admin", "n": 5}))]);
    read("query", form(object(), false), &[("id=role,admin,n,5", json!({"role": "admin", "n": 5}))]);
    read("cookie", form(array(), false), &[("3,4", json!([3, 4]))]);
    read("cookie", form(object(), false), &[("role,a%20b", json!({"role": "a b"}))]);
}

#[test]
fn delimited_styles() {
    let style = |name: &str, shape: Value| json!({"style": name, "shape": shape, "explode": false});
    read("query", style("space_delimited", array()), &[("id=3%20a", json!([3, "a"])), ("id=3+a", json!([3, "a"]))]);
    read("query", style("pipe_delimited", array()), &[("id=3%7Ca", json!([3, "a"])), ("id=3%7ca", json!([3, "a"]))]);
    read("query", style("pipe_delimited", object()), &[("id=role%7Cx", json!({"role": "x"}))]);
    read(
        "query",
        json!({"style": "pipe_delimited", "shape": array(), "explode": true}),
        &[("id=3&id=4", json!([3, 4]))],
    );
}

#[test]
fn deep_objects() {
    let deep = |shape: Value| json!({"style": "deep_object", "shape": shape, "explode": true});
    read("query", deep(object()), &[("id[role]=admin&id%5Bn%5D=5", json!({"role": "admin", "n": 5}))]);
    let nested = json!({"object": {"properties": [["a", {"object": {"properties": [["b", {"array": ["integer"]}]], "additional": null}}]], "additional": {"scalar": ["string"]}}});
    read("query", deep(nested), &[("id[a][b]=1&id[c]=x&id[a][b]=2", json!({"a": {"b": [1, 2]}, "c": "x"}))]);
    let mut house = house(
        parameter("query", "id", "string", 1, deep(object())),
        json!({"types": ["object"], "properties": [["role", 0], ["n", 0]]}),
    );
    assert_eq!(faults(&mut house, &get("/v1/x?id[role]=a&id[role]=b")).len(), 1);
    assert_eq!(faults(&mut house, &get("/v1/x?id[role=a")), ["query id style"]);
    assert_eq!(faults(&mut house, &get("/v1/x?id[admin]=a")), ["query id undeclared"]);
    assert_eq!(faults(&mut house, &get("/v1/x?id=a")), ["query id undeclared"]);
}

#[test]
fn json_in_a_parameter_is_read_strictly() {
    let declared = parameter("query", "filter", "string", 1, json!({"json": true, "shape": {"scalar": []}}));
    let mut house = house(declared, json!({"types": ["object"], "properties": [["a", 0]]}));
    assert!(faults(&mut house, &get("/v1/x?filter=%7B%22a%22:1%7D")).is_empty());
    assert_eq!(faults(&mut house, &get("/v1/x?filter=%7B%22a%22:1,%22a%22:2%7D")), ["query filter syntax"]);
    assert_eq!(faults(&mut house, &get("/v1/x?filter=%7B%22b%22:1%7D")), ["query filter undeclared"]);
    assert_eq!(faults(&mut house, &get("/v1/x?filter=5")), ["query filter type"]);
}

#[test]
fn json_text_cannot_break_out_of_an_exploded_object() {
    let inner = json!({"object": {"properties": [], "additional": null}});
    let shape = json!({"object": {"properties": [["a", inner], ["role", {"scalar": ["string"]}]], "additional": null}});
    let schema = json!({"types": ["object"], "properties": [["a", 0], ["role", 0]], "enum": [{"a": "1,\"role\":\"x\""}, {"a": {"b": 1}}]});
    let mut house = house(parameter("query", "o", "string", 1, json!({"shape": shape})), schema);
    assert!(faults(&mut house, &get("/v1/x?a=1,%22role%22:%22x%22")).is_empty(), "it is one string");
    assert!(faults(&mut house, &get("/v1/x?a=%7B%22b%22:1%7D")).is_empty(), "it is one object");
}

#[test]
fn observe_records_and_forwards_what_enforce_refuses() {
    let declared = parameter("query", "id", "integer", 1, json!({}));
    let plain = json!({"parameters": [declared], "mode": "observe"});
    let mut house =
        House::new(&bundle(vec![("/x", vec![operation("x", "GET", plain)])], json!([{}, {"types": ["integer"]}])));
    let admission = house.decide(&get("/v1/x?id=x&debug=1")).expect("it is only recorded");
    assert_eq!(admission.recorded.len(), 1);
    assert_eq!(admission.recorded[0].violations.len(), 2);
    assert!(house.forwarded(&get("/v1/x?id=x&debug=1")).starts_with("GET /v1/x?id=x&debug=1 HTTP"));
    assert_eq!(house.reason(&get("/v1/y")), Some(Reason::UnknownOperation));
    assert_eq!(house.reason("GET /v1/x HTTP/1.1\r\nHost: a\r\n\r\n"), Some(Reason::CredentialMissing));
    assert_eq!(house.reason(&get("/v1/x?id=%FF")), Some(Reason::ParameterInvalid), "nobody can say what this is");
}

#[test]
fn at_most_twenty_violations_are_told_and_no_value_is() {
    let mut house = integer("query");
    let query: Vec<String> = (0..50).map(|number| format!("p{number}=SECRET")).collect();
    let refusal = house.decide(&get(&format!("/v1/x?{}", query.join("&")))).expect_err("undeclared");
    assert_eq!(refusal.violations.len(), 20);
    let mut out = Vec::new();
    refusal.write_response(&mut out, "req_1", false, true);
    assert!(!String::from_utf8_lossy(&out).contains("SECRET"));
}

#[test]
fn brackets_behind_a_name_are_members_of_a_declared_object_or_refused() {
    let string = json!({"scalar": ["string"]});
    let inner = json!({"object": {"properties": [["b", string]], "additional": null}});
    let shape = json!({"object": {"properties": [["name", string], ["tags", {"array": ["string"]}], ["o", inner]],
        "additional": null}});
    let declared =
        parameter("query", "f", "string", 0, json!({"style": "deep_object", "shape": shape, "explode": true}));
    let mut house = house(declared, json!({}));
    for query in ["f[name]=x", "f[tags]=x&f[tags]=y", "f[o][b]=1", "f[o]=%7B%22b%22:%221%22%7D"] {
        assert!(faults(&mut house, &get(&format!("/v1/x?{query}"))).is_empty(), "{query}");
    }
    for query in [
        "f[name][$ne]=x",
        "f[tags][$ne]=x",
        "f[tags]=x&f[tags][$where]=1",
        "f[o]=%7B%22b%22:%221%22%7D&f[o][b]=2",
        "f[o][b]=1&f[o]=2",
        "f[o][b][$gt]=",
        "f[unknown][x]=1",
    ] {
        assert_eq!(faults(&mut house, &get(&format!("/v1/x?{query}"))), ["query f style"], "{query}");
    }
}

#[test]
fn every_spelling_of_a_query_is_forwarded_as_it_was_judged() {
    let declared = parameter("query", "q r", "string", 1, json!({"allow_empty": true}));
    let mut house = house(declared, json!({"types": ["string"]}));
    for (sent, forwarded) in [
        ("q+r=a+b", "q%20r=a%20b"),
        ("q%20r=a%20b", "q%20r=a%20b"),
        ("q+r=a%2Bb", "q%20r=a%2Bb"),
        ("q+r=a%2bb", "q%20r=a%2Bb"),
        ("q+r=%61%7e", "q%20r=a~"),
        ("&&q+r=1&&", "q%20r=1"),
        ("q+r", "q%20r="),
        ("q+r=", "q%20r="),
        ("q+r==", "q%20r=="),
        ("q+r=a;b", "q%20r=a%3Bb"),
        ("q+r=a%7cb", "q%20r=a%7Cb"),
        ("=1", "refused"),
        ("%20=1", "refused"),
    ] {
        let raw = get(&format!("/v1/x?{sent}"));
        if forwarded == "refused" {
            assert_eq!(faults(&mut house, &raw).len(), 1, "{sent}");
            continue;
        }
        let head = house.forwarded(&raw);
        assert!(head.starts_with(&format!("GET /v1/x?{forwarded} HTTP/1.1\r\n")), "{sent}: {head}");
    }
}

#[test]
fn every_spelling_of_a_path_parameter_and_a_cookie_is_forwarded_as_it_was_judged() {
    let mut path = house(parameter("path", "id", "string", 1, json!({})), json!({"types": ["string"]}));
    for (sent, forwarded) in [("a+b", "a+b"), ("%61%7e", "a~"), ("a%2bb", "a%2Bb"), ("a%c3%a9", "a%C3%A9")] {
        let head = path.forwarded(&get(&format!("/v1/x/{sent}")));
        assert!(head.starts_with(&format!("GET /v1/x/{forwarded} HTTP")), "{sent}: {head}");
    }
    let mut cookie = house(parameter("cookie", "id", "string", 1, json!({})), json!({"types": ["string"]}));
    for (sent, forwarded) in [("a+b", "a+b"), ("%61%7e", "a~"), ("a%3bb", "a%3Bb"), ("a=b", "a=b"), ("", "")] {
        let head = cookie.forwarded(&call("GET", "/v1/x", &format!("Cookie: x=1;id={sent} ; y\r\n")));
        assert!(head.contains(&format!("\r\nCookie: id={forwarded}\r\n")), "{sent}: {head}");
    }
    assert_eq!(faults(&mut cookie, &call("GET", "/v1/x", "Cookie: id=%4\r\n")), ["cookie id style"]);
}

#[test]
fn white_space_around_the_equal_sign_of_a_header_has_no_reading() {
    let shape = json!({"shape": {"object": {"properties": [["a", {"scalar": ["integer"]}]], "additional": null}}, "explode": true});
    let schema = json!({"types": ["object"], "properties": [["a", 0]]});
    let mut house = house(parameter("header", "x", "string", 1, shape), schema);
    assert!(faults(&mut house, &call("GET", "/v1/x", "x:  a=1 \r\n")).is_empty());
    assert_eq!(faults(&mut house, &call("GET", "/v1/x", "x: a =1\r\n")), ["header x undeclared"]);
}

/// `has`: a short text, or a list of the words `patch` and `deployment`.
fn value_or_list(more: Value) -> House {
    let schemas = json!([
        {"additional": 0},
        {"one_of": [2, 3]},
        {"types": ["string"], "max_length": 6},
        {"types": ["array"], "items": 4},
        {"enum": ["patch", "deployment"]},
    ]);
    let either = json!({"shape": {"array": ["string"]}, "alone": {"scalar": ["string"]}});
    let declared = with(parameter("query", "has", "string", 1, either), more);
    let template = if declared["in"] == "path" { "/x/{has}" } else { "/x" };
    let plain = json!({"parameters": [declared]});
    House::new(&bundle(vec![(template, vec![operation("x", "GET", plain)])], schemas))
}

#[test]
fn one_value_of_a_parameter_that_may_be_a_list_stands_alone_or_is_a_list_of_one() {
    let mut house = value_or_list(json!({}));
    for query in ["has=x", "has=", "has=a,b", "has=deployment", "has=patch", "has=patch&has=deployment"] {
        assert!(faults(&mut house, &get(&format!("/v1/x?{query}"))).is_empty(), "{query}");
    }
    // Too long to stand alone and no word of the list; and of several each is a word of the list.
    for query in ["has=deployments", "has=patch,deployment", "has=x&has=y", "has=patch&has=x", "has=patch&has="] {
        assert_eq!(faults(&mut house, &get(&format!("/v1/x?{query}"))), ["query has enum"], "{query}");
    }
    assert!(house.forwarded(&get("/v1/x?has=a,b")).starts_with("GET /v1/x?has=a,b HTTP/1.1\r\n"));
}

#[test]
fn a_text_that_is_split_into_a_list_may_be_whole_as_well() {
    for more in [
        json!({"explode": false}),
        json!({"in": "header", "style": "simple", "explode": false}),
        json!({"in": "path", "style": "simple", "explode": false, "required": true}),
        json!({"in": "path", "style": "label", "explode": false, "required": true}),
    ] {
        let mut house = value_or_list(more.clone());
        let raw = |value: &str| match (more["in"].as_str(), more["style"].as_str()) {
            (Some("header"), _) => call("GET", "/v1/x", &format!("Has: {value}\r\n")),
            (Some("path"), Some("label")) => get(&format!("/v1/x/.{value}")),
            (Some("path"), _) => get(&format!("/v1/x/{value}")),
            _ => get(&format!("/v1/x?has={value}")),
        };
        for value in ["patch", "patch,deployment", "a,b", "x"] {
            assert!(faults(&mut house, &raw(value)).is_empty(), "{value} {more}");
        }
        for value in ["patch,other", "something"] {
            assert_eq!(faults(&mut house, &raw(value)).len(), 1, "{value} {more}");
        }
    }
}

#[test]
fn a_list_is_valid_for_servers_that_decode_before_they_split_too() {
    let schemas = json!([
        {"additional": 0},
        {"types": ["array"], "items": 2, "max_items": 2, "unique_items": true},
        {"types": ["string"], "max_length": 8, "not": 3},
        {"enum": ["admin"]},
    ]);
    let list = json!({"shape": {"array": ["string"]}});
    let house = |more: Value| {
        let declared = with(parameter("query", "e", "string", 1, list.clone()), more);
        let template = if declared["in"] == "path" { "/x/{e}" } else { "/x" };
        let plain = json!({"parameters": [declared]});
        House::new(&bundle(vec![(template, vec![operation("x", "GET", plain)])], schemas.clone()))
    };
    let mut query = house(json!({"explode": false}));
    for value in ["a,b", "a%2Cb", "a%20b", "a.b,c"] {
        assert!(faults(&mut query, &get(&format!("/v1/x?e={value}"))).is_empty(), "{value}");
    }
    for value in ["a,b,c", "a%2Cb%2Cc", "a%2cb,c", "x%2Cadmin", "admin%2cx", "a%2Ca"] {
        assert_eq!(faults(&mut query, &get(&format!("/v1/x?e={value}"))).len(), 1, "{value}");
    }
    let label = json!({"in": "path", "style": "label", "explode": true, "required": true});
    let mut label = house(label);
    assert!(faults(&mut label, &get("/v1/x/.a%2Cadmin")).is_empty());
    assert_eq!(faults(&mut label, &get("/v1/x/.a%2Eadmin")).len(), 1);
}

#[test]
fn what_could_reveal_something_is_read_as_a_list_alone() {
    let reveals = json!([{"value": "patch", "categories": [0]}]);
    let mut house = value_or_list(json!({"explode": false, "reveals": reveals}));
    for value in ["patch", "x,patch", "a,b", "x"] {
        assert_eq!(faults(&mut house, &get(&format!("/v1/x?has={value}"))).len(), 1, "{value}");
    }
    assert!(faults(&mut house, &get("/v1/x?has=deployment")).is_empty());
}

#[test]
fn only_a_list_may_stand_alone_as_well() {
    for more in [json!({"shape": {"scalar": ["string"]}}), json!({"alone": {"array": ["string"]}})] {
        let declared = with(parameter("query", "has", "string", 0, json!({"alone": {"scalar": ["string"]}})), more);
        let plain = json!({"parameters": [declared]});
        let document = bundle(vec![("/x", vec![operation("x", "GET", plain)])], json!([{"additional": 0}]));
        assert!(firstclass_bundle::Document::parse(document.to_string().as_bytes()).is_err());
    }
}
