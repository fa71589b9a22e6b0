"""Builds what a release boots from: its kernel, an initramfs, and an image of its root file system, kept in a cache.

No package is installed: the release's packages are downloaded, verified and unpacked, which takes seconds where a
chroot with its maintainer scripts takes minutes. What those scripts would have set up and the laboratory needs is two
lines of /etc/passwd.
"""

import fcntl
import hashlib
import lzma
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import _host, _machine
from ._host import LabError, as_root, run
from ._machine import Boot
from ._steps import say, step

RELEASES = ("bookworm", "trixie", "sid")

_HERE = Path(__file__).parent
_INIT = _HERE / "init.sh"
_WAITING = _HERE / "_waiting.py"
_REQUIREMENTS = _HERE / "requirements.txt"
_PACKAGES = ("bluez", "busybox-static", "dbus", "linux-image-amd64", "python3")
_UNWANTED = ("apt", "initramfs-tools")
_ROOT_MODULES = ("crc32c_generic", "virtio_pci", "virtio_blk", "erofs", "overlay", "9p", "9pnet_virtio")
_RADIO_MODULES = ("bluetooth", "hci_vhci", "uhid", "bnep")
_PAIRING_MODULES = (
    "hmac",
    "sha256_generic",
    "sha512_generic",
    "jitterentropy_rng",
    "drbg",
    "aes_generic",
    "cmac",
    "ecb",
    "algif_hash",
    "algif_skcipher",
)
_PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_28_x86_64")
_KVM_PATIENCE = 10.0
_MERGED = ("bin", "lib", "lib64", "sbin")
_FOLDERS = ("dev", "out", "proc", "run", "sys", "tmp", "var/lib/bluetooth", "project")
_BALLAST = ("usr/share/doc", "usr/share/info", "usr/share/locale", "usr/share/man", "usr/share/zoneinfo")
_FILES = {
    "etc/passwd": "root:x:0:0::/tmp:/bin/sh\nmessagebus:x:100:100::/nonexistent:/usr/sbin/nologin\n",
    "etc/group": "root:x:0:\nmessagebus:x:100:\n",
    "etc/machine-id": f"{'0' * 31}1\n",
    "etc/hostname": "lab\n",
}


def cache() -> Path:
    """The folder that outlives the runs."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("GATTSCHEMA_LAB") or caches / "gattschema-lab")


def ready(release: str) -> Boot:
    """What `release` boots from: the cached build, or a new one where the recipe has changed since."""
    home = cache() / release
    _host.prepare()
    with _locked(release):
        if not _is_fresh(home):
            _build(release, home)
    return _boot_of(home)


def _boot_of(home: Path) -> Boot:
    """The files of a build."""
    accelerator = (home / "accelerator").read_text()
    return Boot(home / "vmlinux", home / "initramfs", home / "root.img", accelerator, home / "state")


def _recipe() -> str:
    """A digest over everything that decides what is built."""
    files = (Path(__file__), Path(_machine.__file__), _INIT, _WAITING, _REQUIREMENTS)
    parts = [*(file.read_bytes() for file in files), _machine.version().encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _is_fresh(home: Path) -> bool:
    """Whether a complete build of this very recipe is there."""
    recipe = home / "recipe"
    return recipe.exists() and recipe.read_text() == _recipe()


@contextmanager
def _locked(release: str) -> Iterator[None]:
    """One build of a release at a time; a second caller waits and finds it done."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f"{release}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another build of {release} is under way: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(release: str, home: Path) -> None:
    """Build beside the cache and move the result in at the very end: a half-built one is never seen."""
    with tempfile.TemporaryDirectory(dir=cache(), prefix=f".{release}-") as name:
        scratch = Path(name)
        with step(f"building {release}"):
            made = _make(release, scratch)
        shutil.rmtree(home, ignore_errors=True)
        made.rename(home)


def _make(release: str, scratch: Path) -> Path:
    """The steps of a build, in order; returns the folder that becomes the cached one."""
    made, root, kernel = scratch / "made", scratch / "root", scratch / "kernel"
    made.mkdir()
    with step("  downloading the packages of the release"):
        packages = _download(release, scratch / "download")
    with step(f"  unpacking {len(packages)} packages"):
        _unpack(packages, root, kernel)
    with step("  installing the Python packages"):
        _install_python(scratch, root)
    shutil.copy(_WAITING, root / "opt/lab/waiting.py")
    with step("  compiling Python to bytecode"):
        _compile_python(root)
    with step("  writing the kernel and the initramfs"):
        _write_kernel(made, kernel)
        _write_initramfs(made, root, kernel)
    with step("  writing the image"):
        _write_image(made / "root.img", root)
    with step("  trying KVM"):
        (made / "accelerator").write_text(_accelerator(made / "vmlinux"))
    if (boot := _boot_of(made)).accelerator == "tcg":
        with step("  booting it once, to go on from there"):
            _machine.save(boot, made)
    (made / "recipe").write_text(_recipe())
    return made


def _download(release: str, folder: Path) -> list[Path]:
    """The packages and everything that they depend on, signatures checked, from debootstrap's default mirror."""
    as_root(
        "debootstrap",
        "--download-only",
        "--variant=minbase",
        f"--include={','.join(_PACKAGES)}",
        f"--exclude={','.join(_UNWANTED)}",
        release,
        folder,
    )
    if os.geteuid():
        as_root("chown", "-R", str(os.getuid()), folder)
    return sorted(folder.glob("var/cache/apt/archives/*.deb"))


def _extract(package: Path, folder: Path) -> None:
    """A package's files, going through the links of the merged /usr (`dpkg-deb --extract` would replace them)."""
    folder.mkdir(exist_ok=True)
    with subprocess.Popen(("dpkg-deb", "--fsys-tarfile", package), stdout=subprocess.PIPE) as files:
        command = ("tar", "--extract", "--keep-directory-symlink", "--no-same-owner", "--directory", folder)
        subprocess.run(command, stdin=files.stdout, check=False)
    if files.returncode:
        msg = f"{package.name} could not be unpacked"
        raise LabError(msg)


def _unpack(packages: Iterable[Path], root: Path, kernel: Path) -> None:
    """The kernel's packages into one folder, all others into the root."""
    for folder in _MERGED:
        (root / "usr" / folder).mkdir(parents=True)
        (root / folder).symlink_to(f"usr/{folder}")
    for package in packages:
        _extract(package, kernel if package.name.startswith("linux-") else root)
    for folder in _BALLAST:
        shutil.rmtree(root / folder, ignore_errors=True)
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    shutil.rmtree(root / "var/run", ignore_errors=True)
    (root / "var/run").symlink_to("/run")
    for name, text in _FILES.items():
        (root / name).write_text(text)


def _python_version(root: Path) -> str:
    """The guest's Python, as in "3.13"."""
    return (root / "usr/bin/python3").readlink().name.removeprefix("python")


def _install_python(scratch: Path, root: Path) -> None:
    """Wheels for the guest's Python, put in place by the host's pip."""
    run(
        *_host.pip(scratch),
        "install",
        "--quiet",
        "--no-compile",
        "--only-binary=:all:",
        "--implementation=cp",
        f"--python-version={_python_version(root)}",
        *(f"--platform={platform}" for platform in _PLATFORMS),
        f"--target={root / 'opt/lab'}",
        f"--requirement={_REQUIREMENTS}",
    )


def _compile_python(root: Path) -> None:
    """Bytecode for the standard library and the packages, by the guest's own interpreter at the host's full speed.

    The interpreter runs under the guest's loader with the guest's libraries, so neither root nor a chroot is needed.
    Files that are not meant to compile (templates, tests of old syntax) fail alone; unchecked bytecode spares the
    guest one look at the source of each import.
    """
    libraries = root / "usr/lib/x86_64-linux-gnu"
    python = (root / "lib64/ld-linux-x86-64.so.2", "--library-path", libraries, root / "usr/bin/python3")
    folders = (root / f"usr/lib/python{_python_version(root)}", root / "opt/lab")
    flags = ("-q", "-q", "--invalidation-mode", "unchecked-hash", "-s", root, "-p", "/")
    environment = {"PYTHONHOME": str(root / "usr")}
    subprocess.run([*python, "-m", "compileall", *flags, *folders], env=environment, capture_output=True, check=False)
    if not list(root.glob("opt/lab/bumble/__pycache__/hci.*.pyc")):
        msg = "the guest's Python compiled nothing: is this an x86-64 Linux?"
        raise LabError(msg)


def _dependencies(modules: Path) -> dict[str, list[Path]]:
    """Every module of a kernel by name: the files to load for it, in the order to load them."""
    table: dict[str, list[Path]] = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        file, _, needs = line.partition(":")
        files = [*reversed(needs.split()), file]
        table[_module_name(file)] = [modules / name for name in files]
    return table


def _module_name(file: str) -> str:
    """`kernel/net/9p/9pnet.ko.xz` is `9pnet`, and a dash in a file name is an underscore in the module's."""
    return Path(file).name.partition(".ko")[0].replace("-", "_")


def _modules(kernel: Path) -> list[Path]:
    """The files of the modules that the guest loads, in order; what a kernel has built in, or no more, is left out."""
    modules = next(path for path in kernel.glob("**/modules/*") if (path / "kernel").is_dir())
    base = modules.parents[2] if modules.parents[1].name == "lib" else modules.parents[1]
    run("depmod", "-b", base, modules.name)
    table = _dependencies(modules)
    wanted = (*_ROOT_MODULES, *_PAIRING_MODULES, *_RADIO_MODULES)
    return list(dict.fromkeys(file for name in wanted for file in table.get(name, ())))


def _read_module(file: Path) -> tuple[str, bytes]:
    """A module's plain name and octets: the guest's busybox loads no compressed one."""
    octets = file.read_bytes()
    return (file.stem, lzma.decompress(octets)) if file.suffix == ".xz" else (file.name, octets)


def _archive(entries: Iterable[tuple[str, int, bytes]]) -> Iterator[bytes]:
    """A cpio archive (newc) of (path, mode, content)."""
    trailer = ("TRAILER!!!", 0, b"")
    for number, (path, mode, content) in enumerate((*entries, trailer), start=1):
        name = path.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + name
        yield head + b"\0" * (-len(head) % 4)
        yield content + b"\0" * (-len(content) % 4)


def _write_initramfs(made: Path, root: Path, kernel: Path) -> None:
    """An initramfs with busybox, the modules and their order, and the init script."""
    modules = [_read_module(file) for file in _modules(kernel)]
    order = "\n".join(name for name, _ in modules).encode()
    folder, program, plain = 0o040755, 0o100755, 0o100644
    entries = [
        ("bin", folder, b""),
        ("modules", folder, b""),
        ("init", program, _INIT.read_bytes()),
        ("bin/busybox", program, (root / "usr/bin/busybox").read_bytes()),
        ("modules/order", plain, order),
        *((f"modules/{name}", plain, octets) for name, octets in modules),
    ]
    (made / "initramfs").write_bytes(b"".join(_archive(entries)))


def _write_kernel(made: Path, kernel: Path) -> None:
    """The kernel, unpacked here at full speed: an emulated processor takes seconds to do it."""
    packed = next(path for path in kernel.glob("**/vmlinuz*") if path.is_file())
    unpacked = made / "vmlinux"
    unpacked.write_bytes(_payload(packed.read_bytes()))
    if unpacked.read_bytes()[:4] != b"\x7fELF":
        msg = f"the kernel in {packed.name} is packed in a way that is not known here"
        raise LabError(msg)


def _payload(packed: bytes) -> bytes:
    """What a bzImage unpacks at boot (its header: Documentation/arch/x86/boot.rst), an ELF file."""
    offset, length = struct.unpack_from("<II", packed, 0x248)
    start = (packed[0x1F1] + 1) * 512 + offset
    payload = packed[start : start + length]
    if payload.startswith(b"\xfd7zXZ"):
        return lzma.LZMADecompressor().decompress(payload)
    unpack = ("zstd", "--decompress", "--stdout")
    return subprocess.run(unpack, input=payload[:-4], stdout=subprocess.PIPE, check=False).stdout


def _write_image(image: Path, root: Path) -> None:
    """The root file system, read-only and uncompressed: an emulated processor reads faster than it inflates."""
    run("mkfs.erofs", "--all-root", "-T0", image, root)


def _accelerator(kernel: Path) -> str:
    """KVM only where it boots this kernel: there are machines with a /dev/kvm on which a guest hangs or aborts QEMU.

    Without a root file system the kernel panics, reboots, and so ends QEMU well.
    """
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    machine = ("-accel", "kvm", "-cpu", "max", "-m", "512", "-nodefaults", "-display", "none", "-no-reboot")
    command = ("qemu-system-x86_64", *machine, "-kernel", kernel, "-append", "panic=-1 quiet")
    try:
        tried = subprocess.run(command, capture_output=True, timeout=_KVM_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return "tcg"
    return "tcg" if tried.returncode else "kvm"
