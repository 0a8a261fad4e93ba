//! Which Services lead to a workload.

use serde_json::Value;

/// Where the labels of the pods stand in what makes them.
const TEMPLATES: [&str; 2] =
    ["/spec/template/metadata/labels", "/spec/jobTemplate/spec/template/metadata/labels"];

fn labels(makes_pods: &Value) -> Option<&Value> {
    if makes_pods.get("kind").is_some_and(|kind| kind == "Pod") {
        return makes_pods.pointer("/metadata/labels");
    }
    TEMPLATES.iter().find_map(|path| makes_pods.pointer(path))
}

/// Whether a Service selects a pod, or the pods of what makes them. One without a selector selects none by
/// itself.
pub fn leads_to(service: &Value, makes_pods: &Value) -> bool {
    let Some(labels) = labels(makes_pods) else { return false };
    let selector = service.pointer("/spec/selector").and_then(Value::as_object);
    selector.is_some_and(|selector| {
        !selector.is_empty() && selector.iter().all(|(key, value)| labels.get(key) == Some(value))
    })
}

#[cfg(test)]
mod tests {
    use super::leads_to;
    use serde_json::{Value, json};

    #[test]
    fn a_service_leads_to_the_pods_that_have_all_it_selects() {
        let service = |selector: Value| json!({"spec": {"selector": selector}});
        let template = json!({"metadata": {"labels": {"app": "web", "tier": "front"}}});
        let deployment =
            json!({"metadata": {"labels": {"app": "x"}}, "spec": {"template": template}});
        let nightly = json!({"spec": {"jobTemplate": {"spec": {"template": template}}}});
        let mut pod = template.clone();
        pod["kind"] = json!("Pod");
        for makes_pods in [&deployment, &nightly, &pod] {
            assert!(leads_to(&service(json!({"app": "web"})), makes_pods));
            assert!(leads_to(&service(json!({"app": "web", "tier": "front"})), makes_pods));
            for other in
                [json!({"app": "x"}), json!({"app": "web", "team": "a"}), json!({}), json!(null)]
            {
                assert!(!leads_to(&service(other.clone()), makes_pods), "{other}");
            }
        }
        // Labels of what makes pods are none of the pods.
        let bare = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"template": {}}});
        assert!(!leads_to(&service(json!({"app": "web"})), &bare));
    }
}
