"""What botocore finds on machines that differ in files and variables, for a C++ test to compare.

Reads directories from standard input, one a line; each holds `environment` (NAME=value lines) and
what the variables name. Prints one line for each, fields parted by tabs: the keys, the token,
region and endpoint of S3; or "none" or "error".
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from botocore.configprovider import ConfiguredEndpointProvider
from botocore.exceptions import BotoCoreError
from botocore.session import Session


def found_on(machine: Path) -> list[str]:
    lines = (machine / "environment").read_text().splitlines()
    os.environ.clear()
    os.environ.update(dict(line.split("=", 1) for line in lines))
    profile = os.environ.pop("NAMED_PROFILE", None)
    try:
        session = Session(profile=profile)
        credentials = session.get_credentials()
        if credentials is None:
            return ["none"]
        keys = credentials.get_frozen_credentials()
        region = session.get_config_variable("region") or ""
        # A client would say so too, but takes half a second.
        provider = ConfiguredEndpointProvider(
            session.full_config, session.get_scoped_config(), "s3", os.environ
        )
        ignored = session.get_config_variable("ignore_configured_endpoint_urls")
        endpoint = "" if ignored else provider.provide() or ""
    # A broken file of a credential_process surfaces as what the json module or subprocess raise.
    except (BotoCoreError, ValueError, OSError):
        return ["error"]
    return [keys.access_key, keys.secret_key, keys.token or "", region, endpoint]


logging.disable()
for name in sys.stdin.read().splitlines():
    print("\t".join(found_on(Path(name))).replace("\n", "|"), flush=True)
