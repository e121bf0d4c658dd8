"""Sends a server requests of some reads from many callers at once, and prints what came back as JSON.

    serving.py http://127.0.0.1:8080 READS.fq --reads 256 --callers 64 --seconds 30

Each caller sends the next request as soon as it has the answer to the last. Requests count that begin and end in the window, which opens
when every caller has been answered once; a request that is refused (429) is sent again after the time that the server names.
"""
import argparse
import http.client
import json
import threading
import time
import urllib.parse


def bodies(path, reads):
    with open(path, "rb") as file:
        lines = file.readlines()
    return [b"".join(lines[i:i + 4 * reads]) for i in range(0, len(lines) - 4 * reads + 1, 4 * reads)]


class Load:
    def __init__(self, url, requests, seconds, callers):
        self.address = urllib.parse.urlsplit(url)
        self.requests, self.seconds = requests, seconds
        self.warm = threading.Barrier(callers, action=self.open)
        self.lock, self.times, self.refused = threading.Lock(), [], 0

    def open(self):
        self.start = time.monotonic()
        self.end = self.start + self.seconds

    def call(self, connection, body):
        while True:
            connection.request("POST", "/v1/correct", body)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status == 200:
                if text.count(b"\n") != body.count(b"\n"):
                    raise RuntimeError("an answer has other lines than its request")
                return
            if answer.status != 429:
                raise RuntimeError(f"status {answer.status}: {text.decode(errors='replace')}")
            with self.lock:
                self.refused += 1
            time.sleep(float(answer.getheader("Retry-After", "1")))

    def caller(self, number, callers):
        try:
            connection = http.client.HTTPConnection(self.address.hostname, self.address.port)
            self.call(connection, self.requests[number % len(self.requests)])
            self.warm.wait()
            request = number
            while (begun := time.monotonic()) < self.end:
                request += callers
                self.call(connection, self.requests[request % len(self.requests)])
                if (ended := time.monotonic()) <= self.end:
                    with self.lock:
                        self.times.append(ended - begun)
        except BaseException:
            self.warm.abort()
            raise


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("sequences")
    parser.add_argument("--reads", type=int, default=256)
    parser.add_argument("--callers", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    requests = bodies(options.sequences, options.reads)
    if not requests:
        raise SystemExit(f"{options.sequences}: fewer than {options.reads} reads")
    load = Load(options.url, requests, options.seconds, options.callers)
    threads = [threading.Thread(target=load.caller, args=(number, options.callers)) for number in range(options.callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not load.times:
        raise SystemExit("no request was answered in the window")
    times = sorted(load.times)
    print(json.dumps({
        "callers": options.callers, "reads_a_request": options.reads, "requests": len(times), "refused": load.refused,
        "reads_per_second": len(times) * options.reads / options.seconds,
        "p50_seconds": times[len(times) // 2], "p99_seconds": times[int(0.99 * (len(times) - 1))],
    }))


if __name__ == "__main__":
    main()
