import { Pair } from "zmtp"

/** What runs in pages: no tcp, and frames that are no Buffers. */
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
