//! Which packages an archive is reported to hold.
#![expect(clippy::cast_possible_truncation, reason = "sizes made here are small")]

use crate::{
    check::{check, facts, summary},
    zip::tests::{Source, archive, deflated, stored},
};
use cofferdam_bounds::Limits;

const LOG4J: &str = "META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties";
const LOG4J_PROPERTIES: &[u8] =
    b"#Created by Maven\nversion=2.14.1\ngroupId=org.apache.logging.log4j\nartifactId=log4j-core\n";
const MANIFEST: &str = "META-INF/MANIFEST.MF";
const LOG4J_MANIFEST: &[u8] =
    b"Manifest-Version: 1.0\r\nImplementation-Title: Apache Log4j Core\r\n\
    Implementation-Version: 2.14.1\r\nBundle-SymbolicName: org.apache.logging.log4j\r\n .core\r\n\
    \r\nName: x\r\nImplementation-Version: 9\r\n";

fn log4j() -> Vec<u8> {
    archive(&[deflated(MANIFEST, LOG4J_MANIFEST), deflated(LOG4J, LOG4J_PROPERTIES)])
}

const LOG4J_FOUND: &str = "org.apache.logging.log4j:log4j-core 2.14.1 Metadata";

#[test]
fn one_package_whatever_its_name() {
    for path in ["opt/log4j-core-2.14.1.jar", "opt/vendor.jar", "opt/x-2.14.1.JAR", "x-9.jar"] {
        check(path, log4j(), &[LOG4J_FOUND]);
    }
    // The jar tool writes META-INF first: known without an extension.
    check(
        "opt/vendor",
        archive(&[stored("META-INF/", b""), stored(LOG4J, LOG4J_PROPERTIES)]),
        &[LOG4J_FOUND],
    );
    check("opt/vendor.zip", archive(&[stored("x", b"")]), &["-"]);
}

#[test]
fn nested_in_place_and_spooled() {
    let jar = log4j();
    let war = archive(&[stored("WEB-INF/lib/l.jar", &jar), stored("x.class", b"")]);
    let war_found = format!("{LOG4J_FOUND} !/WEB-INF/lib/l.jar");
    check("app.war", &war, &[&war_found]);
    let ear = archive(&[deflated("../app.war", &war)]);
    let ear_found = format!("{LOG4J_FOUND} !/../app.war!/WEB-INF/lib/l.jar");
    check("app.ear", &ear, &[&ear_found]);
    let script = [b"#!/bin/sh\nexit\n".to_vec(), ear].concat();
    check("app.jar", script, &[&ear_found]);
}

/// A name too long to read is told, not passed over; of other members it does not matter.
#[test]
fn a_long_name_hides_nothing_in_silence() {
    let folder = "x/".repeat(256);
    let jar = log4j();
    let war = archive(&[stored(&format!("{folder}l.jar"), &jar), stored(LOG4J, LOG4J_PROPERTIES)]);
    check("app.war", &war, &[LOG4J_FOUND, "budget-exceeded"]);
    let class = archive(&[stored(&format!("{folder}l.class"), b"")]);
    check("app.jar", &class, &[]);
}

/// An archive with metadata of others in it holds them too; one of them may be itself.
#[test]
fn shaded() {
    let guava = "META-INF/maven/com.google.guava/guava/pom.properties";
    let both = archive(&[stored(LOG4J, LOG4J_PROPERTIES), stored(guava, b"version=30.1.1-jre\n")]);
    let guava_found = format!("com.google.guava:guava 30.1.1-jre Metadata !/{guava}");
    check("log4j-core-2.14.1.jar", &both, &[LOG4J_FOUND, &guava_found]);
    let log4j_found = format!("{LOG4J_FOUND} !/{LOG4J}");
    check("app.jar", &both, &[&log4j_found, &guava_found]);
    check("app-1.0.jar", &both, &["app 1.0 FileName", &log4j_found, &guava_found]);
    // Only one, but name and manifest agree on another version: not the archive itself.
    let manifest = b"Implementation-Title: io.x#app;1.0\nImplementation-Version: 1.0\n";
    let one = archive(&[stored(MANIFEST, manifest), stored(LOG4J, LOG4J_PROPERTIES)]);
    check("app-1.0.jar", &one, &["io.x:app 1.0 Manifest", &log4j_found]);
    check("x.jar", &one, &["io.x:app 1.0 Manifest", &log4j_found]);
}

#[test]
fn models() {
    let pom = "META-INF/maven/g/a/pom.xml";
    let model = br#"<?xml version="1.0"?><!-- <version>0</version> --><project xmlns="x">
        <parent><groupId>org.g</groupId><artifactId>p</artifactId><version>1.5</version></parent>
        <dependencies><dependency><version>7</version></dependency></dependencies>
        <packaging/><artifactId> a </artifactId></project>"#;
    check("a.jar", archive(&[deflated(pom, model)]), &["org.g:a 1.5 Metadata"]);
    let unfilled = b"<project><artifactId>a</artifactId><version>${revision}</version></project>";
    check("a-3.1.jar", archive(&[stored(pom, unfilled)]), &["g:a 3.1 Metadata"]);
    check("a.jar", archive(&[stored(pom, unfilled)]), &["g:a Metadata"]);
    // Properties say what the model leaves open.
    let properties = "META-INF/maven/g/a/pom.properties";
    let both = archive(&[stored(pom, unfilled), stored(properties, b"version = 4\r\n")]);
    check("a.jar", both, &["g:a 4 Metadata"]);
    check("a-1.jar", archive(&[stored(pom, b"<a><b><!-- ]]><![CDATA[<")]), &["g:a 1 Metadata"]);
}

#[test]
fn manifests_alone() {
    let jar = |manifest: &[u8]| archive(&[stored("meta-inf/Manifest.mf", manifest)]);
    check(
        "demo.jar",
        jar(b"Implementation-Title: shop\nImplementation-Version: 2"),
        &["shop 2 Manifest"],
    );
    check(
        "lib/catalina.jar",
        jar(b"Implementation-Title: Apache Tomcat\nImplementation-Version: \
        9.0.52\nBundle-SymbolicName: org.apache.tomcat-catalina\n"),
        &["catalina 9.0.52 Manifest"],
    );
    check("vendor.jar", jar(LOG4J_MANIFEST), &["org.apache.logging.log4j.core 2.14.1 Manifest"]);
    check("asm.jar", jar(b"Automatic-Module-Name: org.objectweb.asm\n"), &["asm Manifest"]);
    check(
        "some-jni-1.4.5-6.jar",
        jar(b"Bundle-SymbolicName: org.some.some-jni\nBundle-Version: 1.4.5.6\n"),
        &["some-jni 1.4.5-6 Manifest"],
    );
    // A group that bundle plugins blur is left out; an unfilled template says nothing.
    check(
        "tomcat-x-9.0.52.jar",
        jar(b"Bundle-SymbolicName: org.apache.tomcat-x\n"),
        &["tomcat-x 9.0.52 FileName"],
    );
    check("a.jar", jar(b"Implementation-Title: ${title}\nImplementation-Version: ${v}\n"), &[]);
    check("a.jar", jar(b"Main-Class: x.A\n"), &[]);
    // The Java runtime's own parts are no artifacts; sources and documentation no code.
    check(
        "lib/jrt-fs.jar",
        jar(b"Specification-Title: Java Platform API Specification\n\
        Implementation-Title: Java Runtime Environment\nImplementation-Version: 17.0.9\n"),
        &[],
    );
    check("a-1.0-sources.jar", jar(b""), &[]);
}

/// Archives that name no group get it from what is known of them, if they bear its mark.
#[test]
fn known_groups() {
    let with = |name: &str| archive(&[stored("META-INF/", b""), stored(name, b"")]);
    let spring = with("org/springframework/core/X.class");
    check("spring-core-5.3.9.jar", &spring, &["org.springframework:spring-core 5.3.9 FileName"]);
    check("spring-core-5.3.9.jar", with("org/x/X.class"), &["spring-core 5.3.9 FileName"]);
    check("spring-boot-admin-1.jar", &spring, &["spring-boot-admin 1 FileName"]);
    let kafka = with("kafka/server/X.class");
    check("kafka_2.13-2.7.0.jar", kafka, &["org.apache.kafka:kafka_2.13 2.7.0 FileName"]);
    // The group changed with version 6.
    let hibernate = with("org/hibernate/X.class");
    check("hibernate-core-5.4.1.jar", &hibernate, &["org.hibernate:hibernate-core 5.4.1 FileName"]);
    let later = ["org.hibernate.orm:hibernate-core 6.1.0 FileName"];
    check("hibernate-core-6.1.0.jar", &hibernate, &later);
    let manifest = b"Bundle-SymbolicName: org.apache.tomcat-api\nBundle-Version: 9.0.52\n";
    let tomcat = archive(&[stored(MANIFEST, manifest)]);
    check("tomcat-api-9.0.52.jar", tomcat, &["org.apache.tomcat:tomcat-api 9.0.52 Manifest"]);
}

#[test]
fn local_repositories() {
    let empty = archive(&[]);
    check(
        "root/.m2/repository/org/springframework/spring-core/5.3.9/spring-core-5.3.9.jar",
        &empty,
        &["org.springframework:spring-core 5.3.9 FileName"],
    );
    check(
        "root/.gradle/caches/modules-2/files-2.1/org.x/a-b/1.0-hal/0a1b/a-b-1.0-hal.jar",
        &empty,
        &["org.x:a-b 1.0-hal FileName"],
    );
    check("srv/repository/a/b/c-1.jar", &empty, &["c 1 FileName"]);
}

#[test]
fn bombs_and_contradictions() {
    check("a.jar", b"version https://git-lfs.example/spec", &["malformed"]);
    check("a.jar", &log4j()[..100], &["truncated"]);
    check("a.rar", b"Rar!\x1a\x07\0", &["-"]);
    check("a.jar", b"", &["-"]);
    let twice = archive(&[stored(LOG4J, LOG4J_PROPERTIES), stored(LOG4J, LOG4J_PROPERTIES)]);
    check("a.jar", twice, &[LOG4J_FOUND, "ambiguous"]);
    let other = Source { local_name: Some("x"), ..stored(LOG4J, LOG4J_PROPERTIES) };
    let place = format!("ambiguous !/{LOG4J}");
    check("a.jar", archive(&[other]), &[LOG4J_FOUND, &place]);

    check("log4j-core-2.17.1.jar", log4j(), &[LOG4J_FOUND, "ambiguous"]);
    check("log4j-core-2.14.1-x.jar", log4j(), &[LOG4J_FOUND]);

    let mut jar = archive(&[]);
    for _ in 0..6 {
        jar = archive(&[stored("n.jar", &jar)]);
    }
    check("a.jar", &jar, &["budget-exceeded !/n.jar!/n.jar!/n.jar!/n.jar!/n.jar"]);

    // 64 MiB of nothing in 64 KiB, as an archive and as a pom.
    let zeros = vec![0; 64 << 20];
    let bomb = archive(&[deflated("n.jar", &zeros)]);
    assert!(bomb.len() < 70_000);
    let bomb = archive(&[deflated("n.jar", &zeros), deflated(LOG4J, &zeros)]);
    let pom = format!("budget-exceeded !/{LOG4J}");
    check("a.jar", bomb, &["malformed !/n.jar", &pom]);
}

/// Every entry of the directory names the same bytes: nothing is gained beyond the first.
#[test]
fn overlaps() {
    let jar = log4j();
    let one = archive(&[stored("a.jar", &jar)]);
    let directory_at = 30 + 5 + jar.len();
    let entry = &one[directory_at..one.len() - 22];
    let mut bomb = one[..directory_at].to_vec();
    for name in 0..100_u8 {
        let mut entry = entry.to_vec();
        entry[46] = name;
        bomb.extend(entry);
    }
    let mut end = one[one.len() - 22..].to_vec();
    end[8] = 100;
    end[10] = 100;
    end[12..16].copy_from_slice(&((entry.len() * 100) as u32).to_le_bytes());
    bomb.extend(end);
    let found = summary("x.jar", &bomb, &Limits::default());
    assert_eq!(found.iter().filter(|line| line.starts_with("org.apache")).count(), 1);
    assert_eq!(found.iter().filter(|line| line.starts_with("malformed")).count(), 99);
}

#[test]
fn members_are_counted() {
    let names = (0..100).map(|n| format!("{n}.jar")).collect::<Vec<_>>();
    let empty = names.iter().map(|name| stored(name, b"")).collect::<Vec<_>>();
    check("x.jar", archive(&empty), &[]);
    let members = names.iter().map(|name| stored(name, b"x")).collect::<Vec<_>>();
    let limits = Limits { archive_members: 10, ..Limits::default() };
    let found = summary("x.jar", &archive(&members), &limits);
    assert!(found.contains(&"budget-exceeded".to_owned()), "{found:?}");
    let limits = Limits { problems: 5, ..Limits::default() };
    assert!(summary("x.jar", &archive(&members), &limits).len() <= 6);
}

#[test]
fn cut_and_wild_bytes_do_no_harm() {
    let file = archive(&[deflated("n.jar", &log4j()), stored("m.jar", &log4j())]);
    for at in 0..file.len() {
        facts("x.jar", &file[..at], &Limits::default());
        let mut wild = file.clone();
        wild[at] ^= 0xff;
        facts("x.jar", &wild, &Limits::default());
    }
}
