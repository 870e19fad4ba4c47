"""Makes the lake's directories on a NameNode: python lake_layout.py HOST:PORT."""

import json
import sys
import time
import urllib.error
import urllib.request

# Directories of the layout and their octal permissions; sticky where several users write.
LAYOUT = {
    "/data/bronze": "755",
    "/data/silver": "755",
    "/data/gold": "755",
    "/jobs": "755",
    "/spark-events": "1777",
    "/tmp": "1777",
    "/user/medallion": "755",
}


# The NameNode is asked directly, whatever proxy the environment names.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def make(base, path, permission):
    url = f"http://{base}/webhdfs/v1{path}?op=MKDIRS&permission={permission}&user.name=medallion"
    with DIRECT.open(urllib.request.Request(url, method="PUT"), timeout=10) as answer:
        if not json.load(answer)["boolean"]:
            raise OSError(f"{path} could not be made")


def main(base):
    deadline = time.monotonic() + 120
    while True:
        try:
            for path, permission in LAYOUT.items():
                make(base, path, permission)
            return 0
        except (OSError, ValueError, KeyError) as error:
            # Refused until the port is open, 403 RetriableException while it is in start-up or safe mode.
            if time.monotonic() > deadline:
                print(f"lake layout: {error}", file=sys.stderr)
                return 1
            time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
