#!/bin/sh
# Makes the rpm databases of this folder with rpm's own code, and what `rpm -qa` says of them.
# usage: make.sh RPM_SOURCE   (unpacked by `apt-get source rpm`)
# Needs Debian's rpm (4.18), sqlite3, python3, gcc, gpg and libdb5.3-dev.
#
# Debian's rpm writes SQLite. Berkeley DB it only reads, so libdb itself writes those files, with
# the header blobs of the SQLite database under the keys that rpm uses; rpm then reads them back
# as a check. Its ndb is not built, so ndb's package store (lib/backend/ndb/rpmpkg.c of the same
# source) is compiled alone, and stores and verifies the same blobs.
set -eu
source=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > acme.spec <<'SPEC'
Name: acme
Epoch: 2
Version: 1.4.2
Release: 3.el9
Summary: A tool with an epoch, a library and many documents
License: MIT AND Apache-2.0
Vendor: Acme Incorporated
%description
%package libs
Summary: Its library, with a version of its own
Version: 0.9~rc1
Release: 7
License: LGPL-2.1-or-later
%description libs
%package doc
Summary: Its documents
BuildArch: noarch
%description doc
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/lib64 %{buildroot}/etc
mkdir -p %{buildroot}/usr/lib/python3.9/site-packages/acme-1.4.2.dist-info
mkdir -p %{buildroot}/usr/share/doc/acme
echo tool > %{buildroot}/usr/bin/acme
echo library > %{buildroot}/usr/lib64/libacme.so.0
echo 'key = value' > %{buildroot}/etc/acme.conf
echo 'Name: acme' > %{buildroot}/usr/lib/python3.9/site-packages/acme-1.4.2.dist-info/METADATA
for page in $(seq 1 120); do echo $page > %{buildroot}/usr/share/doc/acme/page-$page.txt; done
echo cafe > %{buildroot}/usr/share/doc/acme/café.txt
%files
%config /etc/acme.conf
/usr/bin/acme
/usr/lib/python3.9/site-packages/acme-1.4.2.dist-info
%files libs
/usr/lib64/libacme.so.0
%files doc
/usr/share/doc/acme
SPEC
cat > empty.spec <<'SPEC'
Name: empty-meta
Version: 20240101git
Release: 1
Summary: No files at all
License: Public Domain
BuildArch: noarch
%description
%files
SPEC
export SOURCE_DATE_EPOCH=1700000000
for spec in acme empty; do
    rpmbuild --quiet -bb --target x86_64 --define "_topdir $work/build" \
        --define "_buildhost build.example" --define "use_source_date_epoch_as_buildtime 1" \
        $spec.spec
done
find build/RPMS -name '*.rpm' | sort > packages
# Kernels are installed side by side: the same name in two versions.
sed -e 's/20240101git/20240202git/' empty.spec > later.spec
rpmbuild --quiet -bb --target x86_64 --define "_topdir $work/build" \
    --define "_buildhost build.example" later.spec
find build/RPMS -name 'empty-meta-20240202*' >> packages

export GNUPGHOME="$work/gnupg"
mkdir -m 700 "$GNUPGHOME"
gpg --quiet --batch --passphrase '' --quick-generate-key 'Acme <acme@example.org>' rsa2048
gpg --quiet --armor --export acme@example.org > key.asc

truth() { # backend, folder, name
    rpm -qa --define "_db_backend $1" --dbpath "$2" \
        --qf '%{NAME}\t%{EPOCH}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\t%{LICENSE}\n' |
        grep -v '^gpg-pubkey' | LC_ALL=C sort > "$here/$3.packages.txt"
    rpm -qa --define "_db_backend $1" --dbpath "$2" --qf '[%{=NAME}\t%{FILENAMES}\n]' |
        LC_ALL=C sort > "$here/$3.files.txt"
}
mkdir sqlite
database="--dbpath $work/sqlite"
install="$database -i --justdb --nodeps --noscripts --ignorearch --ignoreos --force"
rpm $database --initdb
rpm $database --import key.asc
# One by one, so that the records come to lie where transactions put them.
while read -r package; do rpm $install "$package"; done < packages
# An erased package leaves free pages behind.
rpm $database -e --justdb --nodeps acme-doc
rpm $install "$(grep acme-doc packages)"
truth sqlite "$work/sqlite" sqlite

python3 - <<'PY'
import sqlite3
for number, blob in sqlite3.connect("sqlite/rpmdb.sqlite").execute("select * from Packages"):
    open(f"blob-{number:04}", "wb").write(blob)
PY
# Only the table of packages is of interest; the indexes would be most of the file.
for index in $(sqlite3 sqlite/rpmdb.sqlite \
    "select name from sqlite_master where type = 'table' and name not in ('Packages', 'sqlite_sequence')"); do
    sqlite3 sqlite/rpmdb.sqlite "drop table '$index'"
done
sqlite3 sqlite/rpmdb.sqlite 'pragma journal_mode = delete; vacuum' > /dev/null
cp sqlite/rpmdb.sqlite "$here/rpmdb.sqlite"
# Small pages make a deep tree of few packages.
sqlite3 sqlite/rpmdb.sqlite 'pragma page_size = 512; vacuum'
cp sqlite/rpmdb.sqlite "$here/rpmdb-small-pages.sqlite"

mkdir -p shim/rpm
cat > shim/system.h <<'C'
#include <string.h>
#include <stdlib.h>
#define _(text) text
#define xcalloc calloc
#define xmalloc malloc
#define xrealloc realloc
#define xstrdup strdup
C
echo '#define rpmlog(...) abort()' > shim/rpm/rpmlog.h
cat > ndb.c <<'C'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include "rpmpkg.h"
/* ndb FILE BLOB...: stores each BLOB under 1, 2, ...; one more is stored and deleted again. */
int main(int argc, char **argv) {
    static unsigned char blob[1 << 24];
    unsigned count = argc - 2;
    rpmpkgdb db;
    if (rpmpkgOpen(&db, argv[1], O_RDWR | O_CREAT, 0644)) return 1;
    if (rpmpkgPut(db, 1000, blob, 20000)) return 1;
    for (unsigned i = 0; i < count; i++) {
        FILE *file = fopen(argv[2 + i], "rb");
        if (rpmpkgPut(db, i + 1, blob, fread(blob, 1, sizeof blob, file))) return 1;
        fclose(file);
    }
    if (rpmpkgDel(db, 1000) || rpmpkgVerify(db)) return 1;
    rpmpkgClose(db);
    return 0;
}
C
gcc -w -I shim -I "$source/lib/backend/ndb" -o ndb ndb.c "$source/lib/backend/ndb/rpmpkg.c"
./ndb Packages.db blob-*
cp Packages.db "$here"

cat > write.c <<'C'
#include <db.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* write FILE LORDER BLOB...: stores each BLOB under 1, 2, ... and the highest number under 0. */
static void put(DB *db, int big, unsigned number, void *data, unsigned size) {
    unsigned key = big ? __builtin_bswap32(number) : number;
    DBT k = { .data = &key, .size = 4 }, d = { .data = data, .size = size };
    if (db->put(db, NULL, &k, &d, 0) != 0) exit(1);
}
int main(int argc, char **argv) {
    int big = strcmp(argv[2], "4321") == 0;
    unsigned count = argc - 3, stored = big ? __builtin_bswap32(count) : count;
    DB *db;
    if (db_create(&db, NULL, 0) || db->set_lorder(db, atoi(argv[2])) || db->set_pagesize(db, 4096)
        || db->open(db, NULL, argv[1], NULL, DB_HASH, DB_CREATE | DB_EXCL, 0644)) return 1;
    put(db, big, 0, &stored, 4);
    for (unsigned i = 0; i < count; i++) {
        static char blob[1 << 24];
        FILE *file = fopen(argv[3 + i], "rb");
        put(db, big, i + 1, blob, fread(blob, 1, sizeof blob, file));
        fclose(file);
    }
    /* What was deleted must stay deleted: pages go to the free list. */
    put(db, big, count + 1, malloc(20000), 20000);
    unsigned gone = big ? __builtin_bswap32(count + 1) : count + 1;
    DBT k = { .data = &gone, .size = 4 };
    return db->del(db, NULL, &k, 0) || db->close(db, 0);
}
C
gcc -o write write.c -ldb
./write Packages 1234 blob-*
./write Packages-big-endian 4321 blob-*
cp Packages Packages-big-endian "$here"
mkdir bdb
cp Packages bdb
truth bdb_ro "$work/bdb" bdb
# The same packages whatever holds them.
for kind in packages files; do
    cmp "$here/sqlite.$kind.txt" "$here/bdb.$kind.txt"
    mv "$here/sqlite.$kind.txt" "$here/$kind.txt"
    rm "$here/bdb.$kind.txt"
done
