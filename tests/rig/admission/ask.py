#!/usr/bin/env python3
"""Asks a real kube-apiserver what its ValidatingAdmissionPolicies say of objects.

    ask.py FOLDER > tests/goldens/admission/apiserver.txt

FOLDER is that of `cargo xtask rig apiserver up`. Beside this script: `world.yaml` and
`stored.yaml` are created for good, each file of `policies/` in turn, and then every object of
`objects.yaml` as alice, as a dry run. What is in `refused/` is asked for itself. Objects stand in files as the API takes them, one
`metadata: {name: ..., namespace: ...}` line each. The output has a line for each policy and
request; tests/goldens/README.md says what is in it.
"""
import http.client
import json
import pathlib
import re
import ssl
import sys
import time

HERE = pathlib.Path(__file__).parent
PLURALS = {"Ingress": "ingresses", "PriorityClass": "priorityclasses",
           "ValidatingAdmissionPolicy": "validatingadmissionpolicies"}
# As a person with rights of her own, so that expressions can ask what she may do.
ALICE = {"Impersonate-User": "alice", "Impersonate-Group": "developers"}
SENTINEL = """apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: sentinel}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps], resourceNames: [sentinel]}]
  validations: [{expression: "false", message: ROUND}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: sentinel}
spec: {policyName: sentinel, validationActions: [Warn]}"""
PROBE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: sentinel, namespace: default}\n"


class Server:
    """One connection, as the administrator."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        pki = self.folder / "pki"
        context = ssl.create_default_context(cafile=pki / "ca.crt")
        context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        port = int((self.folder / "port").read_text())
        self.connection = http.client.HTTPSConnection("127.0.0.1", port, context=context)

    def ask(self, method, path, body=None, headers=None):
        headers = {"Accept": "application/json", **(headers or {})}
        if body:
            headers["Content-Type"] = "application/yaml"
        self.connection.request(method, path, body and body.encode(), headers)
        response = self.connection.getresponse()
        return response, json.loads(response.read())

    def annotations(self, audit):
        """What the audit events say, by their ids."""
        found = {}
        for line in (self.folder / "audit.log").read_text().splitlines():
            event = json.loads(line)
            if event["auditID"] in audit and event["stage"] == "ResponseComplete":
                found[event["auditID"]] = event.get("annotations", {})
        return found


class Object:
    """An object of a file, with where it is in the API."""

    def __init__(self, text):
        self.text = text
        self.api = re.search(r"^apiVersion: (\S+)$", text, re.M)[1]
        self.kind = re.search(r"^kind: (\S+)$", text, re.M)[1]
        metadata = re.search(r"^metadata: \{(.*)\}$", text, re.M)[1]
        self.name = re.search(r"name: ([^,}\s]+)", metadata)[1]
        namespace = re.search(r"namespace: ([^,}\s]+)", metadata)
        self.namespace = namespace and namespace[1]
        plural = PLURALS.get(self.kind, self.kind.lower() + "s")
        within = f"/namespaces/{self.namespace}" if self.namespace else ""
        root = "/api/" if "/" not in self.api else "/apis/"
        self.list = f"{root}{self.api}{within}/{plural}"
        self.path = f"{self.list}/{self.name}"
        self.title = f"{self.kind} {self.namespace + '/' if self.namespace else ''}{self.name}"


def objects(path):
    return [Object(part) for part in re.split(r"^---$", path.read_text(), flags=re.M)]


def must(server, method, one):
    path = one.list if method == "POST" else one.path
    for _ in range(600):
        response, answer = server.ask(method, path, one.text if method == "POST" else None)
        if response.status < 300:
            return
        # The policies of the round before are in force for a moment after they are deleted.
        if "ValidatingAdmissionPolicy" not in answer["message"]:
            break
        time.sleep(0.1)
    sys.exit(f"{method} {one.title}: {answer['message']}")


def wait(server, word):
    """Until the policies of this round are in force."""
    probe = Object(PROBE)
    for _ in range(200):
        response, _ = server.ask("POST", probe.list + "?dryRun=All", probe.text)
        warned = response.headers.get_all("Warning", [])
        if any(text.endswith(f"'sentinel': {word}\"") for text in warned):
            # Parameters have informers of their own.
            time.sleep(0.2)
            return
        time.sleep(0.1)
    sys.exit(f"{word} does not come into force")


def verdict(response, answer):
    """The answer, and the id of its audit event."""
    said = {}
    if response.status >= 300:
        status = {"code": response.status, "reason": answer.get("reason"), "message": answer["message"]}
        said["denied"] = status
    warnings = [re.sub(r'^299 - "(.*)"$', r"\1", text) for text in response.headers.get_all("Warning", [])]
    if warnings:
        said["warnings"] = [text.replace('\\"', '"').replace("\\\\", "\\") for text in warnings]
    return said, response.headers["Audit-Id"]


def requests(stored):
    """Method, path and object of every request, with its name."""
    known = {one.title for one in stored}
    for one in objects(HERE / "objects.yaml"):
        if one.title in known:
            yield "UPDATE", "PUT", one.path, one
        else:
            yield "CREATE", "POST", one.list, one
    for one in stored:
        yield "DELETE", "DELETE", one.path, one


def round_of(server, file, stored, number):
    """All verdicts on one file of policies."""
    sentinel = [Object(part) for part in SENTINEL.replace("ROUND", f"round {number}").split("\n---\n")]
    # Parameters first: policies must find them.
    policies = objects(file)
    policies.sort(key=lambda one: one.kind.startswith("ValidatingAdmission"))
    for one in policies + sentinel:
        must(server, "POST", one)
    wait(server, f"round {number}")
    rows = []
    for operation, method, path, one in requests(stored):
        body = one.text if method != "DELETE" else None
        said, audit = verdict(*server.ask(method, path + "?dryRun=All", body, ALICE))
        rows.append((f"{operation} {one.title}", said, audit))
    for one in reversed(policies + sentinel):
        must(server, "DELETE", one)
    return rows


def main():
    server = Server(sys.argv[1])
    _, version = server.ask("GET", "/version")
    print(f"kube-apiserver {version['gitVersion']}")
    stored = objects(HERE / "stored.yaml")
    for one in objects(HERE / "world.yaml") + stored:
        must(server, "POST", one)
    # Nothing but a policy may refuse any of it.
    for operation, method, path, one in requests(stored):
        response, answer = server.ask(method, path + "?dryRun=All", method != "DELETE" and one.text or None, ALICE)
        if response.status >= 300:
            sys.exit(f"{operation} {one.title}: {answer['message']}")
    for file in sorted((HERE / "refused").glob("*.yaml")):
        for one in objects(file):
            response, _ = server.ask("POST", one.list + "?dryRun=All&fieldValidation=Strict", one.text)
            print(f"refused/{file.stem}\t{'accepted' if response.status < 300 else 'refused'}")
    files = sorted((HERE / "policies").glob("*.yaml"))
    rounds = [(file.stem, round_of(server, file, stored, number)) for number, file in enumerate(files)]
    time.sleep(1)
    audits = server.annotations({audit for _, rows in rounds for _, _, audit in rows})
    for name, rows in rounds:
        for title, said, audit in rows:
            mine = {key: text for key, text in audits.get(audit, {}).items() if key.startswith(name + "/")}
            failures = audits.get(audit, {}).get("validation.policy.admission.k8s.io/validation_failure")
            if mine:
                said["annotations"] = mine
            if failures:
                said["audited"] = [one["message"] for one in json.loads(failures)]
            text = json.dumps(said, ensure_ascii=False, sort_keys=True) if said else "allowed"
            print(f"{name}\t{title}\t{text}")


main()
