"""layouts.py KIND FORM TARGET [BUSYBOX]: an image of layers.

KIND is the name of a function below, FORM how it is kept: oci, docker (both
directories), oci-archive, docker-archive. With BUSYBOX it can be run.
SPDX-License-Identifier: MIT
"""

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

from archives import Archive

OCI = "application/vnd.oci.image."
APPLETS = "sh", "cat", "ls", "stat", "find", "sort", "true", "id", "env"


def layer_name(layer):
    return hashlib.sha256(b"id " + layer).hexdigest() + "/layer.tar"


def digest(data, algorithm="sha256"):
    return algorithm + ":" + hashlib.new(algorithm, data).hexdigest()


class Image:
    """Layers, oldest first, and what is said about them."""

    def __init__(self):
        self.layers = []
        self.config = {}
        self.files = {}  # more of them, or in the place of others
        self.packed = True
        self.algorithm = "sha256"
        self.media = OCI + "layer.v1.tar+gzip"
        self.names = ["latest"]
        self.descriptor = {}
        self.platform = {"os": "linux", "architecture": "amd64"}

    def layer(self, make):
        """make(tar) fills it."""
        out = io.BytesIO()
        with Archive.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT,
                          errors="surrogateescape") as tar:
            make(tar)
        self.layers.append(out.getvalue())
        return self

    def add(self, *entries):
        """A layer of files: "path", "path/", "path>symlink", "path=link"."""
        def make(tar):
            for entry in entries:
                if entry.endswith("/"):
                    tar.directory(entry[:-1])
                elif ">" in entry:
                    tar.symlink(*entry.split(">"))
                elif "=" in entry:
                    tar.link(*entry.split("="))
                else:
                    tar.file(entry, "%d %s\n" % (len(self.layers), entry))
        return self.layer(make)

    def full_config(self):
        return json.dumps(dict(self.platform, config=self.config, rootfs={
            "type": "layers",
            "diff_ids": [digest(layer) for layer in self.layers]})).encode()

    def pack(self, layer):
        return gzip.compress(layer, 1, mtime=0) if self.packed else layer

    def blob(self, files, data, media):
        name = digest(data, self.algorithm)
        files["blobs/" + name.replace(":", "/")] = data
        return {"mediaType": media, "digest": name, "size": len(data)}

    def manifest(self, files):
        return self.blob(files, json.dumps({
            "schemaVersion": 2,
            "config": self.blob(files, self.full_config(),
                                OCI + "config.v1+json"),
            "layers": [self.blob(files, self.pack(layer), self.media)
                       for layer in self.layers]}).encode(),
                         OCI + "manifest.v1+json")

    def oci(self):
        files = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}
        named = [dict(self.manifest(files), annotations={
            OCI_REF: name}, **self.descriptor) for name in self.names]
        files["index.json"] = json.dumps({
            "schemaVersion": 2, "manifests": named}).encode()
        return self.with_own(files, "manifest.json")

    def with_own(self, files, but):
        own = {name: data for name, data in self.files.items() if name != but}
        return {name: data for name, data in dict(files, **own).items()
                if data is not None}

    def docker(self):
        config = self.full_config()
        name = hashlib.sha256(config).hexdigest() + ".json"
        files = {name: config}
        layers = []
        for layer in self.layers:
            layers.append(layer_name(layer))
            files[layers[-1]] = layer
        files["manifest.json"] = json.dumps([{
            "Config": name, "Layers": layers,
            "RepoTags": ["example.org/image:" + tag for tag in self.names],
        }]).encode()
        files["repositories"] = b"{}"
        return self.with_own(files, "index.json")

    def write(self, form, target):
        files = self.oci() if form.startswith("oci") else self.docker()
        if form.endswith("-archive"):
            with Archive.open(target, "w") as tar:
                for name, data in files.items():
                    tar.entry(name, content=data)
            return
        for name, data in files.items():
            path = os.path.join(target, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)


OCI_REF = "org.opencontainers.image.ref.name"


def plain(image):
    image.add("data")


def replaced(image):
    """What is newer hides what is older, whatever either is."""
    image.add("file", "dir/", "dir/file", "dir-to-file/", "dir-to-file/old",
              "file-to-dir", "to-link/", "to-link/old", "back/", "back/oldest",
              "kept/", "kept/old")
    image.add("file", "dir/new", "dir-to-file", "file-to-dir/",
              "file-to-dir/new", "to-link>dir", "back", "kept/")
    image.add("back/", "back/new")


def whiteouts(image):
    image.add("file", "dir/", "dir/a", "dir/sub/", "dir/sub/b", "opaque/",
              "opaque/a", "opaque/sub/b", "again", "both/", "both/old",
              "late/", "late/old", "elsewhere")
    image.add(".wh.file", ".wh.dir", "opaque/", "opaque/.wh..wh..opq",
              "opaque/new", ".wh.again", "both/", "both/new", ".wh.both",
              "late/new", "late/.wh..wh..opq", ".wh.no-such",
              ".wh..wh.plnk", ".wh..wh.orph/x")
    image.add("again", "dir/", "dir/third")


def whiteout_of_own(image):
    """A whiteout is about older layers, wherever it stands in its own."""
    image.add("a", "b")
    image.add("a", ".wh.a", ".wh.b", "b")


def whiteout_first(image):
    image.add("old")
    image.add(".wh.old")
    image.add("new")


def opaque_root(image):
    image.add("old", "dir/old")
    image.layer(lambda tar: (tar.file(".wh..wh..opq"), shell(tar)))


def links(image):
    """Hard links; in the second layer, to a file of the first."""
    image.add("a", "b=a", "dir/c=a", "d=b")
    image.add("e=a", "f=e")


def links_hidden(image):
    """The first name of a file is hidden, but not the others."""
    image.add("a", "b=a", "c=a", "x", "y=x", "z=y")
    image.add(".wh.a", "x")
    image.add(".wh.z")


def links_old_hidden(image):
    """Of the oldest layer's file only newer layers' links are left."""
    image.add("a", "s>target")
    image.add("b=a", "c=b", "t=s")
    image.add(".wh.a", "d=c", ".wh.s")
    image.add(".wh.b")


def links_swapped(image):
    """Names change their files."""
    image.add("a", "b")
    image.add("old=a", "a=b", "b=old")
    image.add(".wh.old")


def link_after(image):
    """A file by the name of a link that waited for an older layer."""
    image.add("a")
    image.add("b=a", "b")


def link_to_nothing(image):
    image.add("a")
    image.add("b=no-such")


def link_to_removed(image):
    image.add("a")
    image.add(".wh.a")
    image.add("b=a")


def link_to_directory(image):
    image.add("dir/")
    image.add("b=dir")


def symlinks(image):
    """Links of the same layer are followed; those of others are hidden."""
    image.add("usr/lib/", "usr/lib/old", "lib>usr/lib", "lib/through",
              "abs>/usr/lib", "abs/by-abs", "up>../../../usr", "up/lib/by-up",
              "other>usr/lib", "usr/lib/newer")
    image.add("usr/lib/through", "other/", "other/own")


def symlink_loop(image):
    image.add("a>b", "b>a", "a/file")


def order(image):
    """Directories after what is below them, and parents that no layer has."""
    image.layer(lambda tar: tar.directory("dir", mode=0o750))
    image.add("dir/file", "none/at/all/file")
    image.layer(lambda tar: (tar.file("dir/other", "x"),
                             tar.directory("dir", mode=0o711)))
    image.add("dir/last")


def modes(image):
    image.layer(lambda tar: (tar.directory("dir", mode=0o555),
                             tar.file("dir/file", "old", mode=0o444)))
    image.layer(lambda tar: tar.file("dir/file", "new", mode=0o644))


def many(image):
    """Sixty layers, each of which changes what those before left."""
    for number in range(60):
        names = ["l%d" % number, "all", "last/", "last/l%d" % number]
        if number > 0:
            names += [".wh.l%d" % (number - 2), "last/.wh.l%d" % (number - 1)]
        image.add(*names)


def config(image):
    image.config = {
        "Env": ["PATH=/bin", "COLOUR=dark blue", "EMPTY="],
        "Entrypoint": ["/bin/sh", "-c", "echo \"$0:$1\""],
        "Cmd": ["one", "two\nlines"],
        "Labels": {"a": "b"}, "WorkingDir": "/bin", "User": "nobody"}
    image.add("ch/environment", "ch/other")


def config_lines(image):
    image.config = {"Env": ["A=one\ntwo", "B=b", "C='quoted'", "D", "=x"]}


def config_bad(image):
    image.config = {"Env": "PATH=/bin"}


def plain_tar(image):
    image.packed = False
    image.media = OCI + "layer.v1.tar"
    image.add("data")


def sha512(image):
    image.algorithm = "sha512"
    image.add("data")


def tags(image):
    """Two images."""
    image.add("data")
    other = Image()
    base(other)
    other.add("other")
    other.names = ["other"]
    for form in "oci", "docker":
        files = getattr(other, form)()
        name = "index.json" if form == "oci" else "manifest.json"
        both = json.loads(getattr(image, form)()[name])
        more = json.loads(files.pop(name))
        image.files.update(files)
        if form == "oci":
            both["manifests"] += more["manifests"]
        else:
            both += more
        image.files[name] = json.dumps(both).encode()


def two_names(image):
    image.names = ["latest", "1.0"]
    image.add("data")


def nested(image, platforms=("linux/amd64", "linux/arm64", "unknown/unknown")):
    """An index in the index, with an image for each platform."""
    image.add("data")
    files = {}
    inner = []
    for platform in platforms:
        system, architecture = platform.split("/")
        image.platform = {"os": system, "architecture": architecture}
        inner.append(dict(image.manifest(files), platform=image.platform))
        image.layers[-1] += bytes(512)  # other digests
    image.layers = []
    image.files = files
    outer = image.blob(files, json.dumps({"manifests": inner}).encode(),
                       OCI + "index.v1+json")
    files["index.json"] = json.dumps({"manifests": [outer]}).encode()


def other_machine(image):
    """The only one, and it says to be for another machine."""
    image.platform = {"os": "linux", "architecture": "s390x"}
    image.add("data")


def nested_foreign(image):
    nested(image, ["windows/amd64", "linux/s390x"])


def nested_deep(image):
    files = image.files
    at = image.manifest(files)
    for _ in range(20):
        at = image.blob(files, json.dumps({"manifests": [at]}).encode(),
                        OCI + "index.v1+json")
    files["index.json"] = json.dumps({"manifests": [at]}).encode()


def foreign(image):
    image.media = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    image.add("data")


def encrypted(image):
    image.media = OCI + "layer.v1.tar+gzip+encrypted"
    image.add("data")


def schema1(image):
    image.add("data")
    image.files["index.json"] = json.dumps({"manifests": [dict(
        image.manifest({}), mediaType="application/vnd.docker.distribution."
                                      "manifest.v1+prettyjws")]}).encode()


def damaged_layer(image):
    """By its digest alone: it can be unpacked."""
    image.add("data")
    files = {}
    image.manifest(files)
    name = list(files)[-2]
    good, image.layers[-1] = image.layers[-1], image.layers[-2]
    image.files[name] = image.pack(image.layers[-1])
    image.layers[-1] = good
    image.files[layer_name(good)] = image.layers[-2]


def damaged_manifest(image):
    image.add("data")
    files = {}
    name = image.manifest(files)["digest"].replace(":", "/")
    image.files["blobs/" + name] = files["blobs/" + name] + b" "


def missing_blob(image):
    image.add("data")
    files = {}
    image.manifest(files)
    name = list(files)[-2]
    image.files[name] = None


def digest_with_path(image):
    image.files["index.json"] = json.dumps({"manifests": [{
        "mediaType": OCI + "manifest.v1+json",
        "digest": "sha256:../../../etc/passwd", "size": 1}]}).encode()


def digest_unknown(image):
    image.files["index.json"] = json.dumps({"manifests": [{
        "mediaType": OCI + "manifest.v1+json", "digest": "md5:" + "0" * 32,
        "size": 1}]}).encode()


def not_json(image):
    image.files["index.json"] = image.files["manifest.json"] = b"[{"


def deep_json(image):
    image.files["index.json"] = image.files["manifest.json"] = b"[" * 1000000


def big_json(image):
    image.files["index.json"] = image.files["manifest.json"] = \
        b"[" + b" " * 100000000 + b"]"


def big_config(image):
    """With the digest that it is known by."""
    image.config = {"Labels": {"a": "b" * 100000000}}
    image.add("data")


def no_images(image):
    image.files["index.json"] = b'{"manifests": []}'
    image.files["manifest.json"] = b"[]"


def odd_types(image):
    image.files["index.json"] = b'{"manifests": [1, null, {"digest": 1}]}'
    image.files["manifest.json"] = b'[{"Config": 1, "Layers": {"a": "b"}}]'


def layer_path(image):
    """A docker archive whose layer is a file of the host's."""
    image.add("data")
    files = image.docker()
    listed = json.loads(files["manifest.json"])
    listed[0]["Layers"][-1] = "../../../../etc/passwd"
    image.files["manifest.json"] = json.dumps(listed).encode()


def whiteout_dots(image):
    image.add(".wh...")


def whiteout_empty(image):
    image.add("dir/.wh.")


def dotdot(image):
    image.layer(lambda tar: tar.file("../escaped", "no\n"))


def base(image):
    if len(sys.argv) > 4:
        image.layer(shell)
    return image


def shell(tar):
    with open(sys.argv[4], "rb") as program:
        tar.entry("bin/busybox", content=program.read())
    for applet in APPLETS:
        tar.symlink("bin/" + applet, "busybox")


def main():
    kind, form, target = sys.argv[1:4]
    image = base(Image())
    globals()[kind](image)
    image.write(form, target)


if __name__ == "__main__":
    main()
