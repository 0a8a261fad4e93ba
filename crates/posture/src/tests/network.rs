//! Who reaches whom.

use super::read;
use crate::ObjectSet;

/// `exposure; ingress egress; services` of the first workload.
fn check(yaml: &str, expected: &str) {
    let source = read(yaml);
    let set = ObjectSet::of([&source]);
    let web = set.workloads()[0].id;
    let network = set.network();
    let exposure = network.exposure(&set, web).map_or("unknown", |exposure| exposure.as_str());
    let isolation = network.isolation(&set, web).map_or("unknown".to_owned(), |isolation| {
        let word = |is: bool| if is { "isolated" } else { "open" };
        format!("{} {}", word(isolation.ingress.is_some()), word(isolation.egress.is_some()))
    });
    let services = network.services(&set, web).into_iter().map(|id| set.title(id));
    let services = services.collect::<Vec<_>>().join(", ");
    assert_eq!(format!("{exposure}; {isolation}; {services}"), expected, "{yaml}");
}

const POD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web, tier: front}}
spec: {containers: [{name: app}]}
---
";

fn service(spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\nspec: {{{spec}}}\n---\n"
    )
}

#[test]
fn services() {
    check(POD, "unknown; unknown; ");
    let check = |spec: &str, expected: &str| {
        check(&format!("{POD}{}", service(spec)), expected);
    };
    check("selector: {app: web}", "cluster; unknown; Service shop/web");
    check("selector: {app: web, tier: back}", "none; unknown; ");
    check("selector: {}", "none; unknown; ");
    check("selector: {app: web}, type: NodePort", "node; unknown; Service shop/web");
    check("selector: {app: web}, externalIPs: [192.0.2.1]", "node; unknown; Service shop/web");
    check("selector: {app: web}, type: LoadBalancer", "internet; unknown; Service shop/web");
    check(
        "selector: {app: web}, type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]",
        "node; unknown; Service shop/web",
    );
    check(
        "selector: {app: web}, type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8, '::/0']",
        "internet; unknown; Service shop/web",
    );
}

/// As the providers read their own annotations.
#[test]
fn internal_load_balancers() {
    for (annotation, expected) in [
        ("service.beta.kubernetes.io/aws-load-balancer-internal: 'yes'", "node"),
        ("service.beta.kubernetes.io/aws-load-balancer-internal: 'false'", "internet"),
        ("service.beta.kubernetes.io/azure-load-balancer-internal: 'true'", "node"),
        ("service.beta.kubernetes.io/azure-load-balancer-internal: 'yes'", "internet"),
        ("networking.gke.io/load-balancer-type: Internal", "node"),
    ] {
        let balancer = service("selector: {app: web}, type: LoadBalancer").replace(
            "namespace: shop}",
            &format!("namespace: shop, annotations: {{{annotation}}}}}"),
        );
        check(&format!("{POD}{balancer}"), &format!("{expected}; unknown; Service shop/web"));
    }
}

#[test]
fn what_a_policy_shuts_is_exposed_by_no_service() {
    let balancer = service("selector: {app: web}, type: LoadBalancer");
    let policy = |name: &str, rest: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{podSelector: {{}}, policyTypes: [Ingress]{rest}}}\n---\n"
        )
    };
    let shut = policy("deny", "");
    check(&format!("{POD}{balancer}{shut}"), "none; isolated open; Service shop/web");
    let lets_in = policy("allow", ", ingress: [{}]");
    check(&format!("{POD}{balancer}{shut}{lets_in}"), "internet; isolated open; Service shop/web");
    // What another network plugin lets in nobody looks into.
    let foreign = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a, namespace: shop}\n---\n";
    check(&format!("{POD}{balancer}{shut}{foreign}"), "internet; unknown; Service shop/web");
    let port = POD.replace("{name: app}", "{name: app, ports: [{containerPort: 1, hostPort: 1}]}");
    check(&format!("{port}{balancer}{shut}"), "node; isolated open; Service shop/web");
}

#[test]
fn routes() {
    let behind = |route: &str| format!("{POD}{}{route}", service("selector: {app: web}"));
    let internet = "internet; unknown; Service shop/web";
    let cluster = "cluster; unknown; Service shop/web";
    let head = |api: &str, kind: &str| {
        format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: r, namespace: shop}}\n")
    };
    let ingress = head("networking.k8s.io/v1", "Ingress");
    let path = "{path: /, backend: {service: {name: web}}}";
    check(&behind(&format!("{ingress}spec: {{rules: [{{http: {{paths: [{path}]}}}}]}}")), internet);
    check(
        &behind(&format!("{ingress}spec: {{defaultBackend: {{service: {{name: api}}}}}}")),
        cluster,
    );
    let old = head("extensions/v1beta1", "Ingress");
    check(&behind(&format!("{old}spec: {{backend: {{serviceName: web}}}}")), internet);
    let route = head("gateway.networking.k8s.io/v1", "HTTPRoute");
    let rules = "rules: [{backendRefs: [{name: web, port: 80}]}]";
    check(&behind(&format!("{route}spec: {{parentRefs: [{{name: front}}], {rules}}}")), internet);
    check(
        &behind(&format!("{route}spec: {{parentRefs: [{{kind: Service, name: web}}], {rules}}}")),
        cluster,
    );
    let open = head("route.openshift.io/v1", "Route");
    check(&behind(&format!("{open}spec: {{to: {{kind: Service, name: web}}}}")), internet);
    let virt = head("networking.istio.io/v1", "VirtualService");
    let to = "http: [{route: [{destination: {host: web.shop.svc.cluster.local}}]}]";
    check(&behind(&format!("{virt}spec: {{gateways: [front], {to}}}")), internet);
    check(&behind(&format!("{virt}spec: {{gateways: [mesh], {to}}}")), cluster);
}

#[test]
fn ports_of_the_node() {
    let host =
        POD.replace("{name: app}", "{name: app, ports: [{containerPort: 80, hostPort: 80}]}");
    check(&host, "node; unknown; ");
    check(&POD.replace("spec: {", "spec: {hostNetwork: true, "), "node; unknown; ");
}

#[test]
fn isolation() {
    let policy = |spec: &str| {
        format!(
            "{POD}apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: shop}}\nspec: {{{spec}}}\n---\n"
        )
    };
    let check = |spec: &str, expected: &str| {
        check(&policy(spec), &format!("unknown; {expected}; "));
    };
    check("podSelector: {}", "isolated open");
    check("podSelector: {}, egress: [{}]", "isolated isolated");
    check("podSelector: {}, policyTypes: [Egress]", "open isolated");
    check(
        "podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress, Egress]",
        "isolated isolated",
    );
    check("podSelector: {matchLabels: {app: api}}", "open open");
    let selector = |one: &str| format!("podSelector: {{matchExpressions: [{{{one}}}]}}");
    for (one, expected) in [
        ("key: app, operator: In, values: [api, web]", "isolated open"),
        ("key: app, operator: In, values: [api]", "open open"),
        ("key: app, operator: NotIn, values: [api]", "isolated open"),
        ("key: app, operator: NotIn, values: [web]", "open open"),
        ("key: tier, operator: Exists", "isolated open"),
        ("key: team, operator: Exists", "open open"),
        ("key: team, operator: DoesNotExist", "isolated open"),
        ("key: tier, operator: DoesNotExist", "open open"),
        ("key: team, operator: NotIn, values: [x]", "isolated open"),
        ("key: app, operator: Near, values: [web]", "open open"),
    ] {
        check(&selector(one), expected);
    }
}

#[test]
fn isolation_is_known_where_the_namespace_is() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n";
    check(&format!("{POD}{namespace}"), "unknown; open open; ");
    let cilium = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: shop}\n";
    check(&format!("{POD}{namespace}{cilium}"), "unknown; unknown; ");
}
