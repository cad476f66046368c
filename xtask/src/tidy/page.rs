//! What the page of the window may do. Its policy and its capabilities are listed here as they are meant to be: to widen
//! one, this list has to be changed as well, with its reason.

use serde_json::Value;

use super::Finding;
use super::tree::Source;

/// The content policy: nothing from outside, no inline script or style, calls to the program alone.
const POLICY: &[(&str, &str)] = &[
    ("base-uri", "'none'"),
    ("connect-src", "ipc: http://ipc.localhost"),
    ("default-src", "'none'"),
    ("font-src", "'self'"),
    ("form-action", "'none'"),
    ("frame-ancestors", "'none'"),
    ("img-src", "'self'"),
    ("script-src", "'self'"),
    ("style-src", "'self'"),
];
/// What the page may ask of Tauri beside the program's own commands: to hear its events.
const PERMISSIONS: &[&str] = &["core:event:allow-listen", "core:event:allow-unlisten"];
const CONFIGURATION: &str = "tauri.conf.json";
const CAPABILITIES: &str = "src-tauri/capabilities/";

/// Checks the configuration of the window, where there is one.
pub fn check(files: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let what = if file.path == CONFIGURATION {
            configuration(&file.text)
        } else if file.path.starts_with(CAPABILITIES) {
            capability(&file.text)
        } else {
            continue;
        };
        findings.extend(what.into_iter().map(|what| Finding { file: file.path.clone().into(), line: 0, what }));
    }
    findings
}

fn configuration(text: &str) -> Vec<String> {
    let Ok(all) = serde_json::from_str::<Value>(text) else { return vec!["is no JSON".into()] };
    let app = &all["app"];
    let policy = app["security"]["csp"].as_object();
    let mut wrong = Vec::new();
    for (directive, meant) in POLICY {
        let found = policy.and_then(|policy| policy.get(*directive)).and_then(Value::as_str);
        if found != Some(meant) {
            wrong.push(format!("the page's policy is not as meant: {directive} must be {meant}"));
        }
    }
    for directive in policy.into_iter().flat_map(|policy| policy.keys()) {
        if !POLICY.iter().any(|(known, _)| known == directive) {
            wrong.push(format!("the page's policy is not as meant: {directive} is not in the list"));
        }
    }
    if app["withGlobalTauri"] != Value::Bool(false) {
        wrong.push("the page must not find Tauri in its global scope".into());
    }
    if app["security"]["dangerousDisableAssetCspModification"].as_bool() == Some(true) {
        wrong.push("the page's policy must not be left open to changes".into());
    }
    wrong
}

fn capability(text: &str) -> Vec<String> {
    let Ok(all) = serde_json::from_str::<Value>(text) else { return vec!["is no JSON".into()] };
    let asked = all["permissions"].as_array().cloned().unwrap_or_default();
    let more = asked.iter().filter(|permission| !PERMISSIONS.iter().any(|known| *permission == known));
    let mut wrong: Vec<String> = more.map(|permission| format!("the page may not have {permission}")).collect();
    if !all["remote"].is_null() {
        wrong.push("no page from elsewhere may have anything".into());
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant() -> Value {
        let policy: serde_json::Map<_, _> = POLICY.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        serde_json::json!({ "app": { "withGlobalTauri": false, "security": { "csp": policy } } })
    }

    #[test]
    fn a_wider_policy_is_found() {
        assert!(configuration(&meant().to_string()).is_empty());
        for (directive, value) in [
            ("script-src", "'self' 'unsafe-inline'"),
            ("connect-src", "ipc: http://ipc.localhost https:"),
            ("img-src", "*"),
            ("frame-src", "'self'"),
        ] {
            let mut wider = meant();
            wider["app"]["security"]["csp"][directive] = value.into();
            assert_eq!(configuration(&wider.to_string()).len(), 1, "{directive}");
        }
        let mut none = meant();
        none["app"]["security"]["csp"] = Value::Null;
        assert_eq!(configuration(&none.to_string()).len(), POLICY.len());
    }

    #[test]
    fn a_wider_capability_is_found() {
        let of = |permissions: &[&str]| serde_json::json!({ "permissions": permissions }).to_string();
        assert!(capability(&of(PERMISSIONS)).is_empty());
        assert_eq!(capability(&of(&["core:default", "fs:allow-read"])).len(), 2);
        let remote = r#"{"permissions":[],"remote":{"urls":["https://*"]}}"#;
        assert_eq!(capability(remote).len(), 1);
    }
}
