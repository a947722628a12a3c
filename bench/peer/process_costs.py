"""What this process has cost the machine so far, by the names that measure/process-costs.ts has for it."""

from pathlib import Path


def memory() -> dict[str, int]:
    """In MB."""
    lines = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
    kilobytes = {line[0].rstrip(":"): int(line[1]) for line in lines if line[-1] == "kB"}
    names = {"peakMb": "VmHWM", "anonymousMb": "RssAnon", "fileMb": "RssFile"}
    return {ours: round(kilobytes[theirs] / 1024) for ours, theirs in names.items()}


def from_disk() -> int:
    """Bytes that had to be fetched from a disk."""
    lines = (line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(dict(lines)["read_bytes"])
