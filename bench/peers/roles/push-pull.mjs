// PUSH to PULL: one message at a time, in batches, and within a process.
import { body, bound, connected, Meter, watchPauses, zmq } from "../library.mjs"

/** @param options Options of the socket. */
export async function pull(options) {
  watchPauses()
  const socket = await bound(new zmq.Pull(options))
  const counted = new Meter()
  for await (const {} of socket) if (counted.count(1)) break
}

/** Receives messages, and recycles the memory of earlier ones. */
export async function pullRecycling() {
  watchPauses()
  const socket = await bound(new zmq.Pull())
  const counted = new Meter()
  for await (const [frame] of socket) {
    socket.recycle(frame)
    if (counted.count(1)) break
  }
}

export async function push() {
  watchPauses()
  const socket = connected(new zmq.Push())
  for (;;) await socket.send(body)
}

export async function pullBatches() {
  watchPauses()
  const socket = await bound(new zmq.Pull())
  const counted = new Meter()
  for await (const batch of socket.batches()) if (counted.count(batch.length)) break
}

export async function pushBatches() {
  watchPauses()
  const socket = connected(new zmq.Push())
  const batch = Array.from({ length: 500 }, () => body)
  for (;;) await socket.sendMany(batch)
}

export async function inproc() {
  const [push, pull] = [new zmq.Push(), new zmq.Pull()]
  await pull.bind("inproc://bench")
  push.connect("inproc://bench")
  const counted = new Meter()
  let over = false
  const sending = (async () => {
    while (!over) await push.send(body)
  })()
  for await (const {} of pull) if (counted.count(1)) break
  over = true
  pull.close()
  await sending
}
