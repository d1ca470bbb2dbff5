"""POSTs of one message, again and again, some at a time on a kept connection: for figures and long runs."""

import socket

BATCH = 25


def request(gate, to):
    """The bytes of one POST."""
    body = f"<message to='{to}' type='chat' id='figure'><body>{'The pump in the cellar is on. ' * 3}</body></message>"
    return (f"POST /rest HTTP/1.1\r\nHost: x\r\nAuthorization: {gate.credentials}\r\n"
            f"Content-Type: application/xmpp+xml\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


def post(gate, one, count):
    """Has `count` of them taken on one connection; what is refused is sent again. Gives how many were refused."""
    refused = 0
    with socket.create_connection(("127.0.0.1", gate.port), timeout=60) as connection:
        while count > 0:
            wanted = min(BATCH, count)
            connection.sendall(one * wanted)
            got = b""
            while got.count(b"HTTP/1.1 ") < wanted or not got.endswith(b"\r\n\r\n"):
                piece = connection.recv(65536)
                if not piece:
                    raise OSError(f"the connection was closed: {got[-300:]}")
                got += piece
            taken = got.count(b"HTTP/1.1 202")
            refused += wanted - taken
            count -= taken
    return refused
