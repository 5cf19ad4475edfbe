import { Pair } from "zmtp"

/** Runs as in a page: without tcp, and with frames that are not Buffers. */
async function run() {
  const [left, right] = [new Pair(), new Pair()]
  await left.bind("inproc://page")
  right.connect("inproc://page")
  await right.send("inproc")
  const [frame] = await left.receive()
  for (const socket of [left, right]) socket.close()
  return `${new TextDecoder().decode(frame)} ${frame.constructor.name}`
}

run().then(console.log)
