"""Certificates made by openssl: an authority, and what it signs or what nobody signed."""

import base64
import hashlib
import os
import subprocess

from . import process

CONFIG = """[ca]
default_ca = us
[us]
dir = .
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
"""

KEYS = {
    "ec": ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "ec-384": ("ec", "-pkeyopt", "ec_paramgen_curve:P-384"),
    "rsa": ("rsa:2048",),
    "ed25519": ("ed25519",),
}


class Pair:
    """A certificate and its key, both files in PEM."""

    def __init__(self, cert, key):
        self.cert, self.key = cert, key

    @property
    def pin(self):
        """The SHA-256 of its public key as curl and restanza write it."""
        public = run("openssl", "x509", "-in", self.cert, "-noout", "-pubkey")
        der = run("openssl", "pkey", "-pubin", "-outform", "DER", stdin=public)
        return "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()


class Authority:
    """Signs certificates; its own is `cert`."""

    def __init__(self, name):
        self.folder = process.scratch(f"ca-{name}")
        self._write("openssl.cnf", CONFIG)
        self._write("index.txt", "")
        self.cert = self._path("ca.pem")
        run("openssl", "req", "-x509", "-config", "openssl.cnf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-subj", f"/CN={name}", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-addext", "basicConstraints=critical,CA:TRUE", cwd=self.folder)

    def pair(self, name, names="IP:127.0.0.1,DNS:localhost", start="20200101000000Z", end="20991231235959Z",
             key="ec", purpose=None):
        """A certificate for these names, valid from `start` to `end`, with a key of `KEYS`; for anything, or `purpose`."""
        run("openssl", "req", "-new", "-config", "openssl.cnf", "-newkey", *KEYS[key],
            "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-addext", f"subjectAltName={names}", *(("-addext", f"extendedKeyUsage={purpose}") if purpose else ()),
            cwd=self.folder)
        run("openssl", "ca", "-batch", "-notext", "-config", "openssl.cnf", "-cert", "ca.pem", "-keyfile", "ca.key",
            "-startdate", start, "-enddate", end, "-in", f"{name}.csr", "-out", f"{name}.pem", cwd=self.folder)
        return Pair(self._path(f"{name}.pem"), self._path(f"{name}.key"))

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _write(self, name, text):
        with open(self._path(name), "w", encoding="ascii") as file:
            file.write(text)


def run(*argv, stdin=None, cwd=None):
    """Runs a program that has to succeed; gives its output."""
    done = subprocess.run(argv, input=stdin, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise AssertionError(f"{' '.join(argv)}: {done.stderr.decode()}")
    return done.stdout
