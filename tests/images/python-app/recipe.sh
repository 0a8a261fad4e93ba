# from: debian-bookworm
# tools: buildah python3 pip
#
# A web service with a scientific library, about 640 MiB in five layers: Python from the
# distribution, a virtual environment with old packages on top, and the mistakes people make: a
# token deleted one layer too late, cloud keys in the environment, a payment key in the settings.
# Everything is a wheel and nothing is resolved, so it is the same on every day.

# The wheels fit the image's Python, whichever the host has.
wheels=$cache/wheels-3.11
download() {
    mkdir -p "$wheels"
    python3 -m pip download --quiet --disable-pip-version-check --dest "$wheels" --no-deps \
        --only-binary=:all: --implementation cp --python-version 3.11 \
        --abi cp311 --abi abi3 --abi none \
        --platform manylinux_2_28_x86_64 --platform manylinux_2_24_x86_64 \
        --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
        --platform manylinux2010_x86_64 --platform manylinux1_x86_64 \
        --requirement "$recipe/$1"
}

# install LIST: pip of the virtual environment installs the list, and only it.
install() {
    download "$1"
    run_options=(--volume "$wheels:/mnt:ro" --volume "$recipe:/media:ro")
    run /opt/venv/bin/pip install --quiet --no-compile --no-cache-dir --no-index --no-deps \
        --find-links /mnt --requirement "/media/$1"
    run_options=()
}

decoy() {
    python3 "$recipe/decoy.py" "$1" python-app
}

begin debian-bookworm
apt_install python3 python3-venv python3-pip libgomp1
layer "RUN apt-get install python3 python3-venv python3-pip"

run python3 -m venv /opt/venv
install science.txt
app=$(root)/opt/app
mkdir "$app"
echo "GITHUB_TOKEN=$(decoy github-token)" >"$app/.env"
layer "RUN pip install --requirement science.txt"

install web.txt
rm "$(root)/opt/app/.env"
layer "RUN pip install --requirement web.txt && rm .env"

run /opt/venv/bin/pip uninstall --quiet --yes simplejson Markdown
app=$(root)/opt/app
cp "$recipe/app.py" "$app/app.py"
printf 'DEBUG = True\nSTRIPE_KEY = "%s"\n' "$(decoy stripe-key)" >"$app/settings.py"
config --env PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    --env AWS_ACCESS_KEY_ID="$(decoy aws-access-key)" \
    --env AWS_SECRET_ACCESS_KEY="$(decoy aws-secret-access-key)" \
    --workingdir /opt/app --port 8000 --cmd '["gunicorn", "app:app"]'
run /opt/venv/bin/pip list --format json |
    python3 -c 'import json, sys
for package in json.load(sys.stdin): print(package["name"], package["version"], sep="\t")' |
    truth pypi
# What Debian installed is Debian's: pip sees it, dpkg owns it.
run /usr/bin/python3 -m pip list --format json |
    python3 -c 'import json, sys
for package in json.load(sys.stdin): print(package["name"], package["version"], "deb", sep="\t")' |
    truth pypi
layer "RUN pip uninstall simplejson Markdown && cp app.py settings.py ."

secret github-token opt/app/.env deleted
secret stripe-key opt/app/settings.py
secret aws-access-key env:AWS_ACCESS_KEY_ID
secret aws-secret-access-key env:AWS_SECRET_ACCESS_KEY
finish oci
