//! What answers say to caches: where an operation asks for a credential, no shared cache may keep them.

mod support;

use serde_json::{Value, json};
use support::{House, answer, bundle, get, json_media, operation};

const JSON: &str = "Content-Type: application/json\r\n";

fn header(name: &str, schema: usize) -> Value {
    json!({"name": name, "required": false, "shape": {"scalar": ["string"]}, "schema": schema})
}

/// An operation with these declared headers; schema 2 is short text, schema 3 is classified.
fn house(headers: Value, more: Value) -> House {
    let responses = json!([{"status": "200", "headers": headers, "media": [json_media(1)]}]);
    let operation = support::with(operation("a", "GET", json!({"responses": responses})), more);
    let masked = json!({"types": ["string"], "mask": {"category": 0, "action": 0}});
    let schemas = json!([{}, {"types": ["object"]}, {"types": ["string"], "max_length": 3}, masked]);
    House::new(&bundle(vec![("/a", vec![operation])], schemas))
}

/// The values of `Cache-Control` that the caller gets where the origin says these lines.
fn told(house: &mut House, lines: &[&str]) -> Vec<String> {
    let said: String = lines.iter().map(|line| format!("Cache-Control: {line}\r\n")).collect();
    let text = house.answered(&get("/v1/a"), &answer(200, &format!("{JSON}{said}"), "{}")).0;
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    text.lines().filter_map(|line| line.strip_prefix("Cache-Control: ")).map(str::to_owned).collect()
}

#[test]
fn one_line_leaves_and_it_keeps_shared_caches_out() {
    let mut house = house(json!([]), json!({}));
    for (said, expected) in [
        (&[][..], "private"),
        (&["no-store"], "no-store"),
        (&["Private, max-age=5"], "Private, max-age=5"),
        (&["max-age=5"], "private, max-age=5"),
        (&["public, max-age=600"], "private, max-age=600"),
        (&["PUBLIC,S-MaxAge=600 , proxy-revalidate"], "private"),
        (&["private, s-maxage=9"], "private"),
        (&["no-store, public"], "no-store"),
        (&["must-understand, no-store"], "private, must-understand, no-store"),
        (&["private=\"set-cookie, x\", no-cache=\"y, public\""], "private, no-cache=\"y, public\""),
        (&["private=\"\", max-age=5"], "private, max-age=5"),
        (&["private=x"], "private"),
        (&["public", "private, max-age=1", "s-maxage=7"], "private, max-age=1"),
        (&["no-cache", "max-age=0"], "private, no-cache, max-age=0"),
        (&["", ","], "private"),
        (&["x=\"private\", public"], "private, x=\"private\""),
        (&["max-age=5; public"], "no-store"),
        (&["x=\"private"], "no-store"),
        (&["\"no-store\", public"], "no-store"),
    ] {
        assert_eq!(told(&mut house, said), [expected], "{said:?}");
    }
}

#[test]
fn an_operation_for_anybody_keeps_the_word_of_its_origin() {
    let mut house = house(json!([header("surrogate-control", 0)]), json!({"access": {"public": {}}}));
    assert!(told(&mut house, &[]).is_empty());
    assert_eq!(told(&mut house, &["public, s-maxage=5", "immutable"]), ["public, s-maxage=5", "immutable"]);
    let text = house.answered(&get("/v1/a"), &answer(200, &format!("{JSON}Surrogate-Control: max-age=5\r\n"), "{}")).0;
    assert!(text.contains("Surrogate-Control: max-age=5\r\n"), "{text}");
}

#[test]
fn a_declared_field_is_kept_so_too_and_refuses_nothing() {
    for strict in [false, true] {
        let strict = json!({"strict": strict});
        assert_eq!(told(&mut house(json!([header("cache-control", 0)]), strict.clone()), &["public"]), ["private"]);
        let mut masked = house(json!([header("cache-control", 3)]), strict.clone());
        assert_eq!(told(&mut masked, &["private, x=CANARY"]), ["no-store"]);
        assert_eq!(told(&mut masked, &[]), ["private"]);
        assert_eq!(told(&mut masked, &["public", "CANARY"]), ["no-store"]);
    }
    let mut short = house(json!([header("cache-control", 2)]), json!({"strict": true}));
    assert_eq!(told(&mut short, &["public, s-maxage=5"]), ["no-store"]);
}

#[test]
fn fields_to_shared_caches_alone_never_leave() {
    let names =
        ["Surrogate-Control", "CDN-Cache-Control", "Vendor-CDN-Cache-Control", "X-Accel-Expires", "Edge-Control"];
    let declared: Vec<Value> = names.iter().map(|name| header(name, 0)).collect();
    let said: String = names.iter().map(|name| format!("{name}: max-age=600\r\n")).collect();
    let text =
        house(json!(declared), json!({})).answered(&get("/v1/a"), &answer(200, &format!("{JSON}{said}"), "{}")).0;
    assert!(text.starts_with("HTTP/1.1 200 ") && !text.contains("600"), "{text}");
}
