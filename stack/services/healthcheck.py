"""Says whether a service is healthy: exit 0, or 1 with one line that says why not. Standard library only."""

import json
import os
import socket
import struct
import sys
import urllib.request

TIMEOUT_S = 5
# Services are asked directly, whatever proxy the environment names.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(url):
    with DIRECT.open(url, timeout=TIMEOUT_S) as answer:
        return answer.read()


def jmx(address, bean):
    beans = json.loads(get(f"http://{address}/jmx?qry={bean}"))["beans"]
    if not beans:
        name = bean.removeprefix("Hadoop:service=").partition(",")[0]
        raise OSError(f"the {name} at {address} is starting and does not tell its state yet")
    return beans[0]


def http(url):
    """Any 2xx answer."""
    get(url)


def namenode(address):
    """Active, out of start-up, and the lake laid out."""
    state = jmx(address, "Hadoop:service=NameNode,name=NameNodeStatus")["State"]
    if state != "active":
        raise OSError(f"the NameNode is {state}")
    status = get(f"http://{address}/webhdfs/v1/spark-events?op=GETFILESTATUS&user.name=medallion")
    json.loads(status)["FileStatus"]


def datanode(address):
    """Registered with the NameNode, which lists it by block pool."""
    # First the NameNode: without its word the first write fails for want of a DataNode, and a DataNode that is asked
    # before it is registered fills its log with traces.
    nn = f"{os.environ['NAMENODE_HOST']}:{os.environ['NAMENODE_HTTP_PORT']}"
    state = jmx(nn, "Hadoop:service=NameNode,name=FSNamesystemState")
    if state["NumLiveDataNodes"] < 1 or state["FSState"] != "Operational":
        raise OSError(f"the NameNode is in {state['FSState']} with {state['NumLiveDataNodes']} DataNodes")
    info = jmx(address, "Hadoop:service=DataNode,name=DataNodeInfo")
    actors = json.loads(info["BPServiceActorInfo"])
    if not any(actor.get("ActorState") == "RUNNING" and int(actor["LastHeartbeat"]) < 10 for actor in actors):
        raise OSError("the DataNode is not registered with the NameNode")
    if not json.loads(info["VolumeInfo"]):
        raise OSError("the DataNode has no volume yet")


def worker(directory):
    """Registered with the master, which knows it by host and port."""
    master = f"{os.environ['SPARK_MASTER_HOST']}:{os.environ['SPARK_MASTER_UI_PORT']}"
    workers = json.loads(get(f"http://{master}/json/"))["workers"]
    host = os.environ.get("SPARK_WORKER_HOST") or socket.gethostbyname(socket.gethostname())
    ports = {w["port"] for w in workers if w["state"] == "ALIVE" and w["host"] == host}
    with open(os.path.join(directory, "port"), encoding="ascii") as file:
        if int(file.read()) not in ports:
            raise OSError("the worker is not registered with the master")


def postgres(address):
    """Answers the protocol's SSLRequest, which a server does only when it accepts connections."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), TIMEOUT_S) as connection:
        connection.sendall(struct.pack("!ii", 8, 80877103))
        if connection.recv(1) not in (b"S", b"N"):
            raise OSError("PostgreSQL does not accept connections yet")
        # A start-up packet gets an authentication request (R) or an error (E: it is starting up).
        body = struct.pack("!i", 196608) + b"user\0postgres\0database\0retail\0\0"
        connection.sendall(struct.pack("!i", len(body) + 4) + body)
        if connection.recv(1) != b"R":
            raise OSError("PostgreSQL is starting up")


CHECKS = {check.__name__: check for check in (http, namenode, datanode, worker, postgres)}

if __name__ == "__main__":
    try:
        CHECKS[sys.argv[1]](sys.argv[2])
    except (OSError, ValueError, KeyError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
