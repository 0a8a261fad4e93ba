"""Archives as Python's tarfile writes them."""
import io
import sys
import tarfile

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def add(archive, name, kind=tarfile.REGTYPE, content=b"", link="", mode=0o644, pax=None):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.size = kind, link, mode, len(content)
    info.pax_headers = pax or {}
    archive.addfile(info, io.BytesIO(content))


for name, form in FORMATS.items():
    with tarfile.open(f"{sys.argv[1]}/python-{name}.tar", "w", format=form) as archive:
        add(archive, "./", tarfile.DIRTYPE, mode=0o755)
        add(archive, "./app/", tarfile.DIRTYPE, mode=0o1777)
        add(archive, "./app/main.py", content=b"print('hello')\n", mode=0o755)
        add(archive, "app/again", tarfile.LNKTYPE, link="./app/main.py")
        add(archive, "app/link", tarfile.SYMTYPE, link="/app/main.py", mode=0o777)
        add(archive, "app/dev", tarfile.CHRTYPE, mode=0o666)
        add(archive, "app//doubled/./slash", content=b"x")
        add(archive, "d" * 60 + "/" + "f" * 90, content=b"prefix")
        if name != "ustar":
            add(archive, "é" * 80 + "/" + "ü" * 120, content="long ü".encode())
            add(archive, "l", tarfile.SYMTYPE, link="t" * 300)
        if name == "pax":
            add(archive, "xattr", pax={"SCHILY.xattr.user.a": "b=c\nd", "comment": "x" * 2000})
        add(archive, "last", content=b"z" * 513)
