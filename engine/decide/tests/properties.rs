//! Properties: the router agrees with a naive matcher, what a style spells is what is read, and nothing panics.

mod support;

use firstclass_bundle::{Part, Path};
use firstclass_decide::router::Router;
use firstclass_framing::{HeadLimits, RequestHead, Target, request, target};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{House, bundle, get, json_media, operation, parameter};

/// A segment of a template: small words, so that they meet often.
fn segment() -> impl Strategy<Value = Vec<Part>> {
    let literal = "[abc]{1,2}".prop_map(Part::Literal);
    let hole = Just(Part::Parameter("p".to_owned()));
    prop_oneof![
        literal.clone().prop_map(|one| vec![one]),
        hole.clone().prop_map(|one| vec![one]),
        (hole.clone(), literal.clone()).prop_map(|(a, b)| vec![a, b]),
        (literal.clone(), hole.clone()).prop_map(|(a, b)| vec![a, b]),
        (hole.clone(), literal, hole).prop_map(|(a, b, c)| vec![a, b, c]),
        Just(Vec::new()),
    ]
}

/// Whether a segment matches, by trying every length of every parameter.
fn matches(parts: &[Part], text: &str) -> bool {
    match parts {
        [] => text.is_empty(),
        [Part::Literal(literal), rest @ ..] => text.strip_prefix(&**literal).is_some_and(|text| matches(rest, text)),
        [Part::Parameter(_), rest @ ..] => (1..=text.len()).any(|length| matches(rest, &text[length..])),
    }
}

fn is_literal(parts: &[Part]) -> bool {
    !parts.iter().any(|part| matches!(part, Part::Parameter(_)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_router_agrees_with_a_naive_matcher(
        templates in prop::collection::vec(prop::collection::vec(segment(), 1..4), 1..8),
        words in prop::collection::vec("[abc]{0,4}", 1..4),
    ) {
        let path = |segments| Path { template: String::new(), segments, operations: Vec::new(), crosses: Vec::new() };
        let paths: Vec<Path> = templates.iter().cloned().map(path).collect();
        let Ok(router) = Router::new(&paths) else { return Ok(()) };
        let text = format!("/{}", words.join("/"));
        let fits = |template: &[Vec<Part>]| {
            template.len() == words.len() && template.iter().zip(&words).all(|(parts, word)| matches(parts, word))
        };
        let mut captures = Vec::new();
        let found = router.find(text.as_bytes(), &mut captures);
        prop_assert_eq!(found.is_some(), templates.iter().any(|template| fits(template)));
        if let Some(found) = found {
            prop_assert!(fits(&templates[found]));
            let holes = templates[found].iter().flatten().filter(|part| matches!(part, Part::Parameter(_))).count();
            prop_assert_eq!(captures.len(), holes);
            prop_assert!(captures.iter().all(|(start, end)| start < end && !text[*start as usize..*end as usize].contains('/')));
            // A literal segment wins, from the left.
            let better = templates.iter().any(|template| fits(template) && {
                let first = template.iter().zip(&templates[found]).position(|(a, b)| is_literal(a) != is_literal(b));
                first.is_some_and(|at| is_literal(&template[at]) && template[..at] .iter().zip(&templates[found][..at])
                    .all(|(a, b)| is_literal(a) && is_literal(b)))
            });
            prop_assert!(!better);
        }
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_a_style_spells_is_what_is_read(items in prop::collection::vec("[^\\x00]{1,6}", 1..4), style in 0..5usize) {
        let (more, delimiter) = [
            (json!({"explode": false}), ","),
            (json!({"explode": true}), "&id="),
            (json!({"explode": false, "style": "pipe_delimited"}), "%7C"),
            (json!({"explode": false, "style": "space_delimited"}), "%20"),
            (json!({"explode": true, "style": "pipe_delimited"}), "&id="),
        ][style].clone();
        // An item that holds the delimiter itself cannot be spelled in these two styles.
        prop_assume!(style < 2 || style == 4 || !items.iter().any(|item| item.contains(['|', ' '])));
        // In this one it can, and is read as two items, too: by servers that decode before they split.
        prop_assume!(style != 0 || !items.iter().any(|item| item.contains(',')));
        let more = support::with(json!({"shape": {"array": ["string"]}}), more);
        let declared = parameter("query", "id", "string", 1, more);
        let document = bundle(
            vec![("/x", vec![operation("x", "GET", json!({"parameters": [declared]}))])],
            json!([{}, {"enum": [items]}]),
        );
        let query: Vec<String> = items.iter().map(|item| encoded(item)).collect();
        let target = format!("/v1/x?id={}", query.join(delimiter));
        prop_assert!(House::new(&document).decide(&get(&target)).is_ok(), "{}", target);
    }

    #[test]
    fn the_forwarded_query_reads_the_same(pairs in prop::collection::vec(("[a-c]", "[ -~é]{0,5}"), 0..5)) {
        let shape = json!({"shape": {"object": {"properties": [], "additional": {"array": ["string"]}}}});
        let declared = parameter("query", "o", "string", 1, shape);
        let document = bundle(vec![("/x", vec![operation("x", "GET", json!({"parameters": [declared]}))])], json!([{}, {"additional": 0}]));
        let query: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let mut house = House::new(&document);
        let head = house.forwarded(&get(&format!("/v1/x?{}", query.join("&"))));
        let sent = head.split(' ').nth(1).expect("a target").to_owned();
        let again = house.forwarded(&get(&sent));
        prop_assert_eq!(again.split(' ').nth(1), Some(&*sent), "one spelling");
    }

    #[test]
    fn no_request_makes_a_stage_panic(
        path in "[a-z0-9./%{}~;,=&-]{0,20}", query in "[a-z0-9\\[\\]%+&=,;.:{}\"|-]{0,30}",
        header in "[ -~]{0,20}", cookie in "[a-z=;, \"%]{0,20}", kind in "[a-z/;=*+ \"-]{0,30}", body in "[ -~é]{0,40}",
    ) {
        let mut house = busy();
        for target in [format!("/v1/{path}?{query}"), format!("/v1/x/{path}?{query}")] {
            let raw = format!(
                "POST {target} HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\nh: {header}\r\nCookie: {cookie}\r\nAuthorization: {header}\r\n\
                 Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
                support::KEY, body.len().max(1),
            );
            let (mut head, mut normal) = (RequestHead::new(), Target::default());
            if request::parse(raw.as_bytes(), &HeadLimits::REQUEST, &mut head).is_err()
                || target::normalise(head.target.of(raw.as_bytes()), &mut normal).is_err()
            {
                continue;
            }
            if let Ok(admission) = house.sent(&raw) {
                prop_assert!(admission.policy().operations.len() > admission.operation().index);
                house.forwarded(&raw);
            }
        }
    }
}

/// An operation with everything.
fn busy() -> House {
    let object: Value = json!({"object": {"properties": [["a", {"scalar": ["integer"]}], ["b", {"array": ["string"]}]], "additional": {"scalar": ["number"]}}});
    let shaped = |place: &str, name: &str, style: &str, explode: bool, shape: &Value| {
        parameter(place, name, "string", 0, json!({"style": style, "explode": explode, "shape": shape}))
    };
    let list = json!({"array": ["integer", "null", "boolean"]});
    let parameters = json!([
        shaped("path", "id", "label", true, &object),
        shaped("query", "d", "deep_object", true, &object),
        shaped("query", "p", "pipe_delimited", false, &list),
        shaped("query", "o", "form", true, &object),
        shaped("header", "h", "simple", true, &object),
        shaped("cookie", "c", "form", false, &list),
    ]);
    let body = json!({"required": true, "max_bytes": 1000, "media": [json_media(0),
        {"media_type": "application/x-www-form-urlencoded", "kind": {"form": {"schema": 0, "shape": object}}}]});
    let declared = operation("x", "POST", json!({"parameters": parameters, "body": body, "mode": "observe"}));
    House::new(&bundle(vec![("/x/{id}", vec![declared])], json!([{"additional": 0}])))
}

#[test]
fn a_long_query_is_refused_and_not_worked_through() {
    let mut house = busy();
    let long = format!("/v1/x/.a=1?{}", "a&".repeat(2000));
    assert!(house.decide(&get(&long).replace("GET", "POST")).is_err());
}
