//! File names as they are in Maven Central; expected are the coordinates they are published
//! under there.

use super::FileName;

#[track_caller]
fn check(path: &str, artifact: &str, version: &str) {
    let file = FileName::parse(path);
    assert_eq!((file.artifact, file.version.unwrap_or_default()), (artifact, version), "{path}");
}

#[test]
fn published_names() {
    check("commons-logging-1.2.jar", "commons-logging", "1.2");
    check("a/b/guava-30.1.1-jre.jar", "guava", "30.1.1-jre");
    check("log4j-1.2-api-2.14.1.jar", "log4j-1.2-api", "2.14.1");
    check("hibernate-jpa-2.1-api-1.0.0.Final.jar", "hibernate-jpa-2.1-api", "1.0.0.Final");
    check("geronimo-jta_1.1_spec-1.1.1.jar", "geronimo-jta_1.1_spec", "1.1.1");
    check("kafka_2.13-2.7.0.jar", "kafka_2.13", "2.7.0");
    check("bcprov-jdk15on-1.68.jar", "bcprov-jdk15on", "1.68");
    check("jcip-annotations-1.0-1.jar", "jcip-annotations", "1.0-1");
    check("javax.inject-1.jar", "javax.inject", "1");
    check("javax.inject-2.4.0-b34.jar", "javax.inject", "2.4.0-b34");
    check("h2-1.4.200.jar", "h2", "1.4.200");
    check("zstd-jni-1.4.5-6.jar", "zstd-jni", "1.4.5-6");
    check("xml-apis-1.4.01.jar", "xml-apis", "1.4.01");
    check("htrace-core4-4.1.0-incubating.jar", "htrace-core4", "4.1.0-incubating");
    check("spring-core-6.0.0-RC1.jar", "spring-core", "6.0.0-RC1");
    check("demo-0.0.1-SNAPSHOT.war", "demo", "0.0.1-SNAPSHOT");
    check("demo-1.0-20210101.120000-1.jar", "demo", "1.0-20210101.120000-1");
}

#[test]
fn classifiers() {
    let netty = "netty-tcnative-boringssl-static";
    check(&format!("{netty}-2.0.40.Final-linux-x86_64.jar"), netty, "2.0.40.Final");
    check("app-3.0-jar-with-dependencies.jar", "app", "3.0");
    check("orc-core-1.5.5-nohive.jar", "orc-core", "1.5.5");
    check("guice-4.0-no_aop.jar", "guice", "4.0");
}

#[test]
fn other_names() {
    check("vendor.jar", "vendor", "");
    check("catalina-tribes.jar", "catalina-tribes", "");
    check(
        "org.eclipse.core.runtime_3.7.0.v20110110.jar",
        "org.eclipse.core.runtime",
        "3.7.0.v20110110",
    );
    check("4thline-1.0.jar", "4thline", "1.0");
    check("-1.jar", "", "1");
    check("", "", "");
    check("-", "-", "");
    check("jar", "jar", "");
}
