#!/usr/bin/env python3
"""Writes the tables that `src/tests.rs` replays, with the tools whose order is the order.

Usage: generate.py [SCHEME...], with the tools named in TOOLS at hand. Each table holds lines
`a OPERATOR b`, the operator being one of < = >, or ! where the tool refuses one of the two.
The pairs are random but reproducible: seeds by hand, mutated with a fixed seed of chance.

apk is looked for as `apk`; where there is none, a program with `apk version -t A B` made of the
comparison functions of apk-tools 3 (`src/version.c`) does as well; it must print ! for versions
that `apk version --check` refuses.
"""
import json, os, random, re, subprocess, sys, tempfile

PAIRS = 420
REFUSED = 70
HERE = os.path.dirname(os.path.abspath(__file__))


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def sign(number):
    return "<" if number < 0 else ">" if number > 0 else "="


def dpkg(pairs):
    def one(a, b):
        for operator, word in (("<", "lt"), ("=", "eq"), (">", "gt")):
            result = run("dpkg", "--compare-versions", a, word, b)
            # dpkg orders other characters too, but warns that they have no place in a version.
            if result.returncode > 1 or re.search("[^A-Za-z0-9.+~:-]", a + b):
                return "!"
            if result.returncode == 0:
                return operator
        raise RuntimeError((a, b))
    return [one(a, b) for a, b in pairs]


def rpm(pairs):
    script = "\n".join(f'print(rpm.vercmp("{a}", "{b}") .. ";")' for a, b in pairs)
    script = script.replace("%", "%%")
    output = run("rpm", "--eval", "%{lua: " + script + "}").stdout
    orders = [sign(int(word)) for word in output.replace("\n", "").split(";")[:-1]]
    # rpm orders whatever it is given; rpmbuild lets nothing else into a package.
    part = "[A-Za-z0-9._+%{}~^]+"
    fine = re.compile(rf"([0-9]*:)?{part}(-{part})?")
    return [order if fine.fullmatch(a) and fine.fullmatch(b) else "!"
            for (a, b), order in zip(pairs, orders)]


def apk(pairs):
    return [run("apk", "version", "-t", a, b).stdout.strip() for a, b in pairs]


def packaging(pairs):
    from packaging.version import InvalidVersion, Version

    def one(a, b):
        try:
            a, b = Version(a), Version(b)
        except InvalidVersion:
            return "!"
        return "<" if a < b else ">" if a > b else "="
    return [one(a, b) for a, b in pairs]


def npm(pairs):
    code = """
const semver = require(process.env.NPM_SEMVER || "/usr/lib/node_modules/npm/node_modules/semver");
const pairs = JSON.parse(require("fs").readFileSync(0));
const one = ([a, b]) => {
  if (!semver.valid(a, true) || !semver.valid(b, true)) return "!";
  const order = semver.compare(a, b, true);
  return order < 0 ? "<" : order > 0 ? ">" : "=";
};
console.log(JSON.stringify(pairs.map(one)));
"""
    orders = json.loads(run("node", "-e", code, input=json.dumps(pairs)).stdout)
    # Its regular expression finds a prerelease in the digits of the patch: 1.0.01.2 is 1.0.0-1.2.
    # That is an accident which we do not follow.
    accident = re.compile(r"[v=]*\d+\.\d+\.\d+\.")
    return [None if accident.match(a) or accident.match(b) else order
            for (a, b), order in zip(pairs, orders)]


def go(pairs):
    code = """package main
import ("encoding/json"; "fmt"; "go/version"; "os"; "strings"; "golang.org/x/mod/semver")
func main() {
	var pairs [][2]string
	if err := json.NewDecoder(os.Stdin).Decode(&pairs); err != nil { panic(err) }
	out := []string{}
	for _, pair := range pairs {
		a, b := pair[0], pair[1]
		valid, order := semver.IsValid(a) && semver.IsValid(b), semver.Compare(a, b)
		if strings.HasPrefix(a, "go") {
			valid, order = version.IsValid(a) && version.IsValid(b), version.Compare(a, b)
		}
		if valid { out = append(out, []string{"<", "=", ">"}[order+1]) } else { out = append(out, "!") }
	}
	text, _ := json.Marshal(out)
	fmt.Println(string(text))
}
"""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "main.go"), "w") as file:
            file.write(code)
        run("go", "mod", "init", "oracle", cwd=folder)
        got = run("go", "get", "golang.org/x/mod@v0.38.0", cwd=folder)
        result = run("go", "run", ".", cwd=folder, input=json.dumps(pairs))
        if result.returncode:
            raise RuntimeError(got.stderr + result.stderr)
        return json.loads(result.stdout)


def maven(pairs):
    jar = os.environ.get("MAVEN_ARTIFACT", "/usr/share/maven/lib/maven-artifact-3.x.jar")
    words = [word for pair in pairs for word in pair]
    output = run("java", "-cp", jar, "org.apache.maven.artifact.versioning.ComparableVersion",
                 *words).stdout
    orders = re.findall(r"^   \S+ (<|==|>) \S+$", output, re.M)
    return [order[0] for order in orders[::2]]


def alphabet(text):
    return text.split(" ")


# Name of the table: tool, its version, seeds, what mutations insert.
TOOLS = {
    "debian": (dpkg, ("dpkg", "--version"), alphabet(
        "1 1.0 1.0-1 1.0-0 0:1.0 1:0.9 1.0~rc1 1.0~rc1-1 1.0~~ 1.0~ 1.0a 1.0+ 1.0+b1 1.0-1+b1 "
        "1.0-1~bpo12+1 1.0-1+deb12u1 1.0-1+deb12u10 2.36-9+deb12u9 7.88.1-10+deb12u8 1:1.2:3-4 "
        "1.2-3-4 00001 1.0010 1.10 1.9 20230311 2:9.0.1378-2 1.0.4+git20200101-1 1.0-1ubuntu0.1 "
        "5.10.0-0.deb10.16 3.0.11-1~deb12u2 0 0~ 0-0 r123 1.0+dfsg-1 1.0.dfsg1-1 1:1.0 12:0 "
        "1.0-1.1 1.0-1.10 99999999999999999999 1.99999999999999999999 1.0-a~ 1.0-a 1.0-+ a:1 1- :1"),
        alphabet("0 1 9 00 . + ~ - : a z Z ~~ rc +deb u1 _ , é")),
    "rpm": (rpm, ("rpm", "--version"), alphabet(
        "1.0 1.0-1 0:1.0-1 1:0.5-1 1.0-1.el9 1.0-1.el9_2 1.0-1.el9_2.1 1.0~rc1-1 1.0~rc1 1.0^git1 "
        "1.0^20230101-1 1.0^~ 1.0~^ 1.0^ 1.0~ 1.0~~ 1.0^^ 1.0.1 1.00 1.0a 1.a0 a.1 1_0 1+0 1.0. 1..0 "
        "5.14.0-362.8.1.el9_3 5.14.0-362.13.1.el9_3 3.0.7-24.el9 2.34-60.el9_2.7 10.0 9.9 010 "
        "1.0.99999999999999999999 20230101 1.0-1.module+el8 1.0-1.module+el8+2 1.1.1k-7.el8_6 "
        "1.1.1k 1.1.1 1.2b 1.2.b 1.2.3b4c 2:1-0 A a Z"),
        alphabet("0 1 9 00 . + ~ ^ - a z Z el _ . 1: rc")),
    "apk": (apk, None, alphabet(
        "1 1.0 1.0-r0 1.0-r1 1.0-r10 1.0_alpha 1.0_alpha1 1.0_beta 1.0_pre2 1.0_rc1 1.0_p1 1.0_p 1.0_git20200101 "
        "1.0_cvs 1.0_svn3 1.0_hg 1.0a 1.0b 1.0a_rc1 1.0a-r1 1.05 1.1 1.01 1.10 1.9 1.00 1.0.0 01 001 "
        "1.2.3_alpha1_p2 1.2.3_p1_alpha 1.0~deadbeef 1.0~dead-r1 1.0_git1~abc-r2 3.0.12-r4 3.0.12-r5 "
        "1.36.1-r2 1.1.1w-r1 1.1.1w 1.1.1 0 0-r0 20230101-r0 2.38.0-r0 1.0_rc 1.0_rc-r1 1.0. .1 1.0_x 1.0-r 1.0a1 "
        "1.0aa 1.0-1 v1.0"),
        alphabet("0 1 9 00 . _ - -r a z _p _rc _alpha _git ~ ~ab 5")),
    "pep440": (packaging, (sys.executable, "-c", "import packaging; print('packaging', packaging.__version__)"), alphabet(
        "1 1.0 1.0.0 1.0a 1.0a0 1.0a1 1.0.a1 1.0-alpha_1 1.0b2 1.0BETA2 1.0c1 1.0rc1 1.0pre1 1.0preview1 1.0.post 1.0.post0 "
        "1.0.post1 1.0-1 1.0-0 1.0rev2 1.0-r4 1.0.dev 1.0.dev0 1.0.dev1 1.0a1.dev1 1.0a1.post1.dev2 1.0.post1.dev3 1.0+1 "
        "1.0+a 1.0+a.1 1.0+A.1 1.0+a.b 1.0+1.a 1.0+10 1.0+9 1.0+a-1 1.0+a_1 1!0.1 2!0 0!1.0 v1.0 V1.0rc1 01.02 1.10 1.9 "
        "2013b 2023.7.22 1.0.0.0.1 1.0rc 1.0rc0 99999999999999999999 1.0.dev99999999999999999999 1.0+ubuntu.1 "
        "23.0.1+dfsg 1.0a1-1 1.0a--1 1.0.post-1 1.0+ 1.0. 1..0 1.0-dev.-1 1.0x !1 1.0+a..b"),
        alphabet("0 1 9 00 . - _ + a b rc .post .dev dev post c ! r alpha z")),
    "npm": (npm, ("sh", "-c", "echo node $(node --version), semver $(node -p 'require(\"/usr/lib/node_modules/npm/node_modules/semver/package.json\").version')"), alphabet(
        "1.0.0 1.0.1 1.1.0 v1.0.0 =1.0.0 =v1.0.0 01.0.0 1.00.0 1.0.0-0 1.0.0-00 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta.2 "
        "1.0.0-beta.11 1.0.0-rc.1 1.0.0-1 1.0.0-a 1.0.0-A 1.0.0-a.b 1.0.0-a-b 1.0.0-- 1.0.0- 1.0.0--1 1.0.0+1 1.0.0-a+1 1.0.0beta 1.0.0beta2 "
        "1.0.0-1.2.3 1.0.0-1.10.3 1.0.0-1a 10.0.0 9.0.0 4.17.21 4.17.20 0.0.0 1.0.0-next.0 2.0.0-next-12 1.0 1 1.0.0.0 1.0.x 1.0.0+ "
        "1.0.0-a..b 1.0.0-a+b+c latest 1.0.0-é"),
        alphabet("0 1 9 - . + a Z alpha beta v =")),
    "go": (go, ("go", "version"), alphabet(
        "v1.0.0 v1.0.1 v1.1.0 v1 v1.2 v0.0.0 v1.0.0-0 v1.0.0-rc.1 v1.0.0-rc.2 v1.0.0-rc.10 v1.0.0-alpha v1.0.0-pre v1.0.0+incompatible "
        "v2.0.0+incompatible v2.0.0 v0.0.0-20200101000000-abcdefabcdef v0.0.0-20210101000000-abcdefabcdef v1.2.4-0.20191109021931-daa7c04131f5 "
        "v1.2.3-pre.0.20191109021931-daa7c04131f5 v1.2.3-pre v1.2.3 v1.2.4 v1.0.0-0.20200101000000-abcdefabcdef v10.0.0 v9.0.0 v1.0.0--1 "
        "v01.0.0 v1.00.0 v1.0.0-01 v1.0.0-a..b v1.0.0- v1.0.0+ v1.0-rc.1 v1-rc vx v v1.0.0.0 v1.0.x v1.0.0-é"),
        alphabet("0 1 9 - . + a Z rc")),
    "go-toolchain": (go, ("go", "version"), alphabet(
        "go1.20 go1.20.0 go1.20.3 go1.20.10 go1.20rc1 go1.20beta1 go1.19.13 go1.21rc2 go1.21rc3 go1.21.0 go1.21.1 go1.21.1-custom go1.21.1-a-b "
        "go1.22.0 go1.22rc1 go1.9 go1.9.7 go1.10 go1.10.8 go1.1 go1 go2.0.1 go1.26.8 go1.26rc1 go1.21.01 go1.21rc1.1 go1.x go go1.20rc1-x"),
        []),
    "maven": (maven, ("mvn", "--version"), alphabet(
        "1 1.0 1.0.0 1-0 1.0-alpha 1.0-alpha-1 1.0-alpha1 1.0a1 1.0-a1 1.0-a-1 1.0-beta 1.0b2 1.0-m1 1.0-milestone-1 1.0-rc1 1.0-cr1 1.0-CR1 1.0-SNAPSHOT "
        "1.0-rc1-SNAPSHOT 1.0-ga 1.0.GA 1.0.Final 1.0-final 1.0.RELEASE 1.0-sp 1.0-sp1 1.0-sp-1 1.0-1 1.0.1 1.1 1.0-foo 1.0.foo 1-foo 1.foo 1foo 1.0-20230101.120000-1 "
        "2.14.1 2.15.0 2.17.1 31.1-jre 31.1-android 30.0-jre 1.0.0.Final 5.3.18.RELEASE 4.1.94.Final 9.4.51.v20230217 9.4.51.v20230218 r09 r10 "
        "1..1 1--1 1.-1 1-.1 1.0. 1.0- 0 0.0 0-0 ga final 1-0.ga 1.0-0-0.1 1x 1x1 1.x.1 1_0 1+1 2.0.0-M1 2.0-b02 1.0.0-beta.2 1.0.0-beta-11 "
        "99999999999999999999 1.99999999999999999999 01 1.010 1-1-1 1.1-1 1-sp-1 1.sp 1-1.sp 1-alpha.1 1.alpha 1.0.alpha.0 alpha beta-1 snapshot"),
        alphabet("0 1 9 00 . - a b m alpha rc sp ga final foo snapshot x _ + ..")),
}


def pairs(name, seeds, inserts):
    chance = random.Random(name)

    def mutate(text):
        for _ in range(chance.randint(1, 2)):
            at = chance.randint(0, len(text))
            cut = chance.choice([0, 0, 1])
            text = text[:at] + (chance.choice(inserts) if chance.random() < 0.8 else "") + text[at + cut:]
        return text

    found = {}
    while len(found) < PAIRS * 3:
        a = chance.choice(seeds)
        b = chance.choice(seeds) if not inserts or chance.random() < 0.5 else mutate(a)
        if inserts and chance.random() < 0.2:
            a = mutate(a)
        if a and b and a != b or chance.random() < 0.01:
            if (a and b) and not (a, b) in found:
                found[(a, b)] = None
        if not inserts and len(found) > len(seeds) * 12:
            break
    return list(found)


def main():
    for name, (tool, version, seeds, inserts) in TOOLS.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        made = pairs(name, seeds, inserts)
        orders = tool(made)
        if len(orders) != len(made):
            raise RuntimeError(f"{name}: {len(made)} pairs, {len(orders)} answers")
        stamp = "apk-tools 3, src/version.c"
        if version:
            stamp = run(*version).stdout.splitlines()[0]
        stamp = re.sub(r"\x1b\[[0-9;]*m", "", stamp)
        with open(os.path.join(HERE, f"{name}.txt"), "w") as file:
            file.write(f"# {stamp}; made by generate.py\n")
            left = {True: REFUSED, False: PAIRS - REFUSED}
            for (a, b), order in zip(made, orders):
                if order and left[order == "!"] > 0:
                    left[order == "!"] -= 1
                    file.write(f"{a} {order} {b}\n")


main()
