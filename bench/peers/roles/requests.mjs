// Requests and replies: REQ and REP, DEALER and ROUTER.
import { body, bound, connected, FLOOD, Meter, peers, zmq } from "../library.mjs"

export async function rep() {
  const socket = await bound(new zmq.Reply())
  for (;;) await socket.send((await socket.receive())[0])
}

export async function req() {
  const socket = connected(new zmq.Request())
  const counted = new Meter({ time: true })
  do {
    await socket.send(body)
    await socket.receive()
  } while (!counted.count(1))
}

/** Returns every message except those of a flood. */
export async function echo() {
  const socket = await bound(new zmq.Router())
  for await (const message of socket) if (message[1][0] !== FLOOD) await socket.send(message)
}

/** Keeps `peers` requests in flight. */
export async function ask() {
  const socket = connected(new zmq.Dealer())
  const counted = new Meter()
  for (let sent = 0; sent < peers; sent++) await socket.send(body)
  for await (const [answer] of socket) {
    if (counted.count(1)) break
    await socket.send(answer)
  }
}

/** `peers` sockets, each with one request in flight. */
export async function askers() {
  const sockets = []
  for (let index = 0; index < peers; index++) {
    const socket = connected(new zmq.Dealer())
    await socket.send(body)
    await socket.receive()
    sockets.push(socket)
  }
  const counted = new Meter()
  const ask = async (socket) => {
    do {
      await socket.send(body)
      await socket.receive()
    } while (!counted.count(1))
  }
  await Promise.race(sockets.map(ask))
}
