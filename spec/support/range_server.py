"""A file server that honours Range and can break off, for the download specs.

    python3 range_server.py FOLDER PORT_FILE

Writes its port to PORT_FILE and serves on 127.0.0.1 until standard input ends.
A path that starts with /cut/ sends half of the file and closes the connection;
/plain/ ignores Range, as Python's own http.server does; /log answers with the
requests so far, one a line, with their Range.
"""
import http.server
import os
import sys
import threading

FOLDER, PORT_FILE = sys.argv[1:]
LOG = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        mode, name = self.path.strip("/").split("/") if self.path.count("/") > 1 \
            else ("", self.path.strip("/"))
        if name == "log":
            return self.answer(200, "\n".join(LOG).encode())
        wanted = self.headers.get("Range", "")
        LOG.append("%s %s" % (self.path, wanted))
        try:
            with open(os.path.join(FOLDER, name), "rb") as file:
                body = file.read()
        except OSError:
            return self.answer(404, b"no such file\n")
        if mode == "cut":
            self.answer(200, body, len(body) // 2)
        elif wanted and mode != "plain":
            first = int(wanted[len("bytes="):].split("-")[0])
            if first >= len(body):
                return self.answer(416, b"")
            self.answer(206, body[first:], span="bytes %d-%d/%d"
                        % (first, len(body) - 1, len(body)))
        else:
            self.answer(200, body)

    def answer(self, status, body, cut=None, span=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if span:
            self.send_header("Content-Range", span)
        self.end_headers()
        self.wfile.write(body[:cut])
        self.close_connection = True

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
with open(PORT_FILE + ".new", "w") as out:
    out.write(str(server.server_address[1]))
os.rename(PORT_FILE + ".new", PORT_FILE)
sys.stdin.read()
