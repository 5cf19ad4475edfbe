import { Context, Pull, Push } from "zmtp"
import "zmtp/io-threads"

/** Sends messages through an I/O thread, whose code bundlers have to include. */
async function run() {
  const context = new Context({ dedicatedIoThreads: 1 })
  const [push, pull] = [new Push({ context }), new Pull({ context, receiveTimeout: 20_000 })]
  pull.bindSync("tcp://127.0.0.1:*")
  push.connect(pull.lastEndpoint)
  await push.send("I/O thread")
  const said = String(await pull.receive())
  for (const socket of [push, pull]) socket.close()
  return said
}

run().then(console.log)
