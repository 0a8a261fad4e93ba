# tools: buildah python3 mvn javac unzip
#
# Java archives without a distribution: a Spring Boot jar with its dependencies and a web archive
# inside, a shaded jar, and a jar under another name.

# One run makes the archives and prints each module's group:artifact:type:version:scope lines.
cp -r "$recipe" "$work/java"
(cd "$work/java" && mvn --batch-mode --no-transfer-progress --quiet \
    -Dmaven.repo.local="$cache/maven" -Dmaven.test.skip=true \
    package dependency:list -DincludeScope=runtime -DoutputFile=runtime.list)

begin
app=$(root)/opt/shop
mkdir -p "$app/plugins"
cp "$work/java/tools/target/tools-1.2.0.jar" "$app/"
cp "$work/java/tools/target/renamed/helper.jar" "$app/plugins/"
layer "COPY tools-1.2.0.jar helper.jar ./"
cp "$work/java/till/target/till-1.2.0.jar" "$(root)/opt/shop/"
config --workingdir /opt/shop --entrypoint '["java", "-jar", "till-1.2.0.jar"]'
layer "COPY till-1.2.0.jar ./"

list() {
    sed -n 's/^ *\([^: ]*\):\([^:]*\):jar:\([^:]*\):.*/\1:\2\t\3/p' "$work/java/$1/runtime.list"
}
# Spring Boot leaves jars out that only stand for others; its index says what is in.
bundled() {
    unzip -p "$work/java/till/target/till-1.2.0.jar" BOOT-INF/classpath.idx >"$work/index"
    while IFS=$'\t' read -r name version; do
        ! grep -q "/${name#*:}-$version.jar\"" "$work/index" || printf '%s\t%s\n' "$name" "$version"
    done
}
list legacy | truth maven
list tools | truth maven
list till | bundled | truth maven
for module in legacy till tools; do
    printf 'test.example:%s\t1.2.0\n' "$module" | truth maven
done
printf 'commons-collections:commons-collections\t3.2.1\n' | truth maven
finish
