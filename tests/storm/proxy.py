"""A socket before PostgreSQL that can lose the answer to a COMMIT: the work is done, and nobody is told."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

NAME = ".s.PGSQL.5432"


class LosingProxy:
    """Listens in `folder` for the server whose socket lies in `behind`. `loses_next` is for one commit."""

    def __init__(self, folder: Path, behind: Path) -> None:
        self.loses_next = False
        self.lost = 0
        self._behind = str(behind / NAME)
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / NAME))
        self._listening.listen()
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._behind)
            threading.Thread(target=self._serve, args=(client, server), daemon=True).start()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        lost = threading.Event()
        back = threading.Thread(target=self._back, args=(client, server, lost), daemon=True)
        back.start()
        while data := _received(client):
            if self.loses_next and data.startswith(b"Q") and data[5:].startswith(b"COMMIT"):
                self.loses_next = False
                lost.set()
            server.sendall(data)
        server.close()

    def _back(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        while data := _received(server):
            if lost.is_set():
                self.lost += 1
                client.shutdown(socket.SHUT_RDWR)
                break
            client.sendall(data)
        client.close()


def _received(side: socket.socket) -> bytes:
    try:
        return side.recv(1 << 16)
    except OSError:
        return b""
