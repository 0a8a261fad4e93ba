//! The groups of artifacts whose archives do not name theirs.
//!
//! Gradle and Ant write no Maven metadata, and advisories are looked up by group and artifact:
//! without this table Spring, Tomcat or Kafka would never match one. An archive gets a group only
//! when its artifact is in the table and it bears the row's mark: a directory of its classes, the
//! start of its OSGi or module name, or a version. Facts are those of Maven Central.

/// Artifacts, or prefixes of them (`*`); their group; and the mark: a directory if it has a slash,
/// the first major version of another group after `<`, otherwise the start of a symbolic name.
type Row = (&'static str, &'static str, &'static str);

/// The group of an artifact, if the archive bears the mark of its row.
pub(super) fn find(
    artifact: &str,
    version: &str,
    symbolic_name: &str,
    has_directory: impl Fn(&str) -> bool,
) -> Option<&'static str> {
    let rows = TABLE.iter().flat_map(|(artifacts, group, mark)| {
        artifacts.split_ascii_whitespace().map(move |pattern| (pattern, *group, *mark))
    });
    let is_named = |(pattern, _, _): &Row| match pattern.strip_suffix('*') {
        Some(prefix) => artifact.starts_with(prefix),
        None => artifact == *pattern,
    };
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    let is_marked = |(_, _, mark): &Row| match mark.strip_prefix('<') {
        Some(next) => major.is_some_and(|major| next.parse().is_ok_and(|next| major < next)),
        None if mark.contains('/') => has_directory(mark),
        None => symbolic_name.starts_with(mark),
    };
    rows.filter(is_named).find(is_marked).map(|(_, group, _)| group)
}

/// The first row that fits counts.
const TABLE: &[Row] = &[
    (
        "spring-aop spring-aspects spring-beans spring-context spring-context-indexer \
         spring-context-support spring-core spring-expression spring-instrument spring-jdbc spring-jms spring-messaging spring-orm spring-oxm spring-r2dbc spring-test \
         spring-tx spring-web spring-webflux spring-webmvc spring-websocket",
        "org.springframework",
        "org/springframework/",
    ),
    (
        "spring-boot spring-boot-actuator spring-boot-actuator-autoconfigure \
         spring-boot-autoconfigure spring-boot-devtools spring-boot-docker-compose \
         spring-boot-jarmode-layertools spring-boot-jarmode-tools spring-boot-loader \
         spring-boot-test spring-boot-test-autoconfigure spring-boot-testcontainers",
        "org.springframework.boot",
        "org/springframework/boot/",
    ),
    (
        "spring-security-acl spring-security-aspects spring-security-cas spring-security-config \
         spring-security-core spring-security-crypto spring-security-data spring-security-ldap \
         spring-security-messaging spring-security-oauth2-client spring-security-oauth2-core \
         spring-security-oauth2-jose spring-security-oauth2-resource-server \
         spring-security-rsocket spring-security-saml2-service-provider spring-security-taglibs \
         spring-security-test spring-security-web",
        "org.springframework.security",
        "org/springframework/security/",
    ),
    (
        "spring-data-commons spring-data-jdbc spring-data-jpa spring-data-keyvalue \
         spring-data-mongodb spring-data-r2dbc spring-data-redis spring-data-relational \
         spring-data-rest-core spring-data-rest-webmvc",
        "org.springframework.data",
        "org/springframework/data/",
    ),
    ("spring-integration-*", "org.springframework.integration", "org/springframework/integration/"),
    (
        "spring-batch-core spring-batch-infrastructure",
        "org.springframework.batch",
        "org/springframework/batch/",
    ),
    ("spring-kafka", "org.springframework.kafka", "org/springframework/kafka/"),
    ("spring-amqp spring-rabbit", "org.springframework.amqp", "org/springframework/amqp/"),
    (
        "spring-session-core spring-session-data-redis spring-session-jdbc",
        "org.springframework.session",
        "org/springframework/session/",
    ),
    ("spring-ldap-core", "org.springframework.ldap", "org/springframework/ldap/"),
    (
        "tomcat-embed-core tomcat-embed-el tomcat-embed-jasper tomcat-embed-websocket",
        "org.apache.tomcat.embed",
        "org/apache/",
    ),
    (
        "tomcat-annotations-api tomcat-api tomcat-catalina tomcat-catalina-ha tomcat-coyote \
         tomcat-dbcp tomcat-el-api tomcat-jasper tomcat-jasper-el tomcat-jaspic-api tomcat-jdbc \
         tomcat-jni tomcat-jsp-api tomcat-juli tomcat-servlet-api tomcat-ssi \
         tomcat-storeconfig tomcat-tribes tomcat-util tomcat-util-scan tomcat-websocket \
         tomcat-websocket-api",
        "org.apache.tomcat",
        "org.apache.tomcat",
    ),
    ("hibernate-core hibernate-entitymanager hibernate-envers", "org.hibernate", "<6"),
    ("hibernate-core hibernate-envers", "org.hibernate.orm", "org/hibernate/"),
    ("hibernate-commons-annotations", "org.hibernate.common", "org.hibernate.common."),
    (
        "hibernate-jpa-2.0-api hibernate-jpa-2.1-api",
        "org.hibernate.javax.persistence",
        "org.hibernate.javax.persistence.",
    ),
    (
        "kafka-clients kafka-metadata kafka-raft kafka-server-common kafka-streams \
         connect-api connect-json connect-runtime connect-transforms",
        "org.apache.kafka",
        "org/apache/kafka/",
    ),
    ("kafka_2.*", "org.apache.kafka", "kafka/server/"),
    (
        "kotlin-stdlib kotlin-stdlib-common kotlin-stdlib-jdk7 kotlin-stdlib-jdk8 kotlin-reflect",
        "org.jetbrains.kotlin",
        "kotlin/",
    ),
    (
        "kotlinx-coroutines-core kotlinx-coroutines-core-jvm",
        "org.jetbrains.kotlinx",
        "kotlinx/coroutines/",
    ),
    ("scala-compiler scala-library scala-reflect", "org.scala-lang", "scala/"),
    (
        "scala-collection-compat_* scala-java8-compat_* scala-parser-combinators_* scala-xml_*",
        "org.scala-lang.modules",
        "scala/",
    ),
    ("scala-logging_*", "com.typesafe.scala-logging", "com/typesafe/scalalogging/"),
    (
        "jackson-module-scala_*",
        "com.fasterxml.jackson.module",
        "com/fasterxml/jackson/module/scala/",
    ),
    ("akka-actor_* akka-http_* akka-http-core_* akka-stream_*", "com.typesafe.akka", "akka/"),
    ("groovy", "org.apache.groovy", "org.apache.groovy"),
    ("groovy groovy-all", "org.codehaus.groovy", "org.codehaus.groovy"),
    ("okhttp", "com.squareup.okhttp3", "okhttp3/"),
    ("okhttp", "com.squareup.okhttp", "com/squareup/okhttp/"),
    ("okio okio-jvm", "com.squareup.okio", "okio/"),
    ("retrofit", "com.squareup.retrofit2", "retrofit2/"),
    (
        "grpc-api grpc-context grpc-core grpc-netty grpc-netty-shaded grpc-protobuf \
         grpc-protobuf-lite grpc-services grpc-stub grpc-util",
        "io.grpc",
        "io/grpc/",
    ),
    ("h2", "com.h2database", "org/h2/"),
    ("hsqldb", "org.hsqldb", "org/hsqldb/"),
    ("derby derbyclient derbynet derbytools", "org.apache.derby", "org/apache/derby/"),
    ("mysql-connector-java", "mysql", "com/mysql/"),
    ("mysql-connector-j", "com.mysql", "com/mysql/"),
    ("postgresql", "org.postgresql", "org/postgresql/"),
    (
        "bcmail-jdk* bcpg-jdk* bcpkix-jdk* bcprov-jdk* bctls-jdk* bcutil-jdk* bc-fips",
        "org.bouncycastle",
        "org/bouncycastle/",
    ),
    ("lucene-*", "org.apache.lucene", "org/apache/lucene/"),
    (
        "elasticsearch elasticsearch-core elasticsearch-x-content",
        "org.elasticsearch",
        "org/elasticsearch/",
    ),
    (
        "elasticsearch-rest-client elasticsearch-rest-high-level-client",
        "org.elasticsearch.client",
        "org/elasticsearch/client/",
    ),
    ("solr-core solr-solrj", "org.apache.solr", "org/apache/solr/"),
    ("poi poi-ooxml poi-scratchpad", "org.apache.poi", "org/apache/poi/"),
    ("xmlbeans", "org.apache.xmlbeans", "org/apache/xmlbeans/"),
    ("xercesImpl", "xerces", "org/apache/xerces/"),
    ("xalan", "xalan", "org/apache/xalan/"),
    ("serializer", "xalan", "org/apache/xml/serializer/"),
    ("xml-apis", "xml-apis", "org/w3c/dom/"),
    ("dom4j", "dom4j", "<2"),
    ("dom4j", "org.dom4j", "org/dom4j/"),
    ("hadoop-client-api hadoop-client-runtime", "org.apache.hadoop", "org/apache/hadoop/"),
    ("reactor-core", "io.projectreactor", "reactor/core/"),
    ("reactor-netty-core reactor-netty-http", "io.projectreactor.netty", "reactor/netty/"),
    ("spring-jcl", "org.springframework", "spring.jcl"),
    ("antlr", "antlr", "antlr/"),
    ("aspectjrt aspectjtools aspectjweaver", "org.aspectj", "org/aspectj/"),
    ("freemarker", "org.freemarker", "freemarker/"),
    ("quartz", "org.quartz-scheduler", "org/quartz/"),
    ("reactive-streams", "org.reactivestreams", "org/reactivestreams/"),
    ("javax.inject", "javax.inject", "javax/inject/"),
    ("checker-qual", "org.checkerframework", "org/checkerframework/"),
    ("spotbugs-annotations", "com.github.spotbugs", "edu/umd/cs/findbugs/annotations/"),
    ("snappy-java", "org.xerial.snappy", "org/xerial/snappy/"),
    ("lz4-java", "org.lz4", "net/jpountz/"),
    ("zstd-jni", "com.github.luben", "com/github/luben/zstd/"),
    ("mockito-core", "org.mockito", "org/mockito/"),
    ("asm asm-analysis asm-commons asm-tree asm-util", "asm", "<4"),
    ("asm asm-analysis asm-commons asm-tree asm-util", "org.ow2.asm", "org/objectweb/asm/"),
    ("aopalliance", "aopalliance", "org/aopalliance/"),
    ("commons-beanutils", "commons-beanutils", "org/apache/commons/beanutils/"),
    ("commons-digester", "commons-digester", "org/apache/commons/digester/"),
    ("commons-validator", "commons-validator", "org/apache/commons/validator/"),
    ("hamcrest-core", "org.hamcrest", "org/hamcrest/"),
    ("jdom2", "org.jdom", "org/jdom2/"),
    ("jna jna-platform", "net.java.dev.jna", "com/sun/jna/"),
    ("jsr305", "com.google.code.findbugs", "javax/annotation/"),
    ("junit", "junit", "junit/framework/"),
    ("velocity", "org.apache.velocity", "org/apache/velocity/"),
    ("xz", "org.tukaani", "org/tukaani/xz/"),
];
