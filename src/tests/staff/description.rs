//! `/openapi.json`: programs are written after it, so it may say nothing that the hub does not do.

use hadir::attempt::links::ROLES;
use serde_json::{Value, json};

use super::rehearsal;
use crate::support::Api;

/// Where routes are given to the router.
const ROUTERS: [&str; 2] = [include_str!("../../server/staff/mod.rs"), include_str!("../../server/http.rs")];

fn description(api: &Api) -> Value {
    let answer = api.get_with("/openapi.json", None);
    assert_eq!((answer.status, answer.media.as_str()), (200, "application/json"));
    answer.json()
}

/// Every operation: its path, its method, what is said of it.
fn operations(description: &Value) -> Vec<(String, String, Value)> {
    let paths = description["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().unwrap().clone();
        methods.into_iter().map(|(method, said)| (path.clone(), method, said)).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let (_directory, _path, hub) = rehearsal();
    let mut described: Vec<_> =
        operations(&description(&hub.api())).into_iter().map(|(path, method, _)| (path, method)).collect();
    let mut routed = vec![("/openapi.json".to_owned(), "get".to_owned())];
    for source in ROUTERS {
        for route in source.split(".route(\"").skip(1) {
            let (path, rest) = route.split_once("\", ").unwrap();
            let method = if rest.starts_with("post") { "post" } else { "get" };
            routed.push((path.replace("{*", "{"), method.to_owned()));
        }
    }

    described.sort();
    routed.sort();

    assert_eq!(described, routed);
}

#[test]
fn a_role_is_let_in_exactly_where_the_description_says_so() {
    let (_directory, _path, hub) = rehearsal();
    let api = hub.api();

    for (path, method, said) in operations(&description(&api)) {
        let Some(roles) = said["x-roles"].as_array() else { continue };
        // An empty body is refused only after the token: nothing is changed by asking.
        let ask = |token: &str| match method.as_str() {
            "post" => api.post_with(&path, Some(token), &json!({})).status,
            _ => api.get_with(&path, Some(token)).status,
        };
        for role in ROLES.into_iter().filter(|_| path != "/api/live") {
            // A shared link names nobody: where somebody acts in person it is refused whatever its role.
            let allowed = roles.contains(&json!(role.name())) && said["x-personal"] != json!(true);
            assert_eq!(ask(api.tokens.token(role)) == 403, !allowed, "{method} {path} as {}", role.name());
        }
        assert_eq!(ask("unknown"), 401, "{method} {path}");
    }
}

#[test]
fn an_answer_has_every_field_that_the_description_requires() {
    let (_directory, _path, hub) = rehearsal();
    let api = hub.api();
    let description = description(&api);
    let schemas = &description["components"]["schemas"];
    let answers = [
        ("Tally", api.tally()),
        ("About", api.get_with("/api/about", None).json()),
        ("Problem", api.get_with("/api/tally", None).json()),
    ];

    for (name, answer) in answers {
        for field in schemas[name]["required"].as_array().unwrap() {
            assert!(answer.get(field.as_str().unwrap()).is_some(), "{name} has no {field}: {answer}");
        }
    }
}

#[test]
fn every_reference_of_the_description_leads_somewhere() {
    let (_directory, _path, hub) = rehearsal();
    let description = description(&hub.api());
    let text = description.to_string();
    let references: Vec<_> = text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();

    assert!(references.len() > 10);
    for reference in references {
        assert!(description.pointer(reference).is_some(), "{reference}");
    }
}
