// Electron's main process: sends requests to a service in a utility process, and serves a window over a message port, without opening
// a network port.
import { MessageChannelMain, utilityProcess } from "electron"
import { fileURLToPath } from "node:url"
import { Reply, Request } from "zmtp"

const utility = utilityProcess.fork(fileURLToPath(new URL("utility.mjs", import.meta.url)))
const request = new Request()
const attachment = await request.attach(utility)
for (const number of [12, 13]) {
  await request.send(String(number))
  console.log(`${number}² = ${await request.receive()}`)
}
request.close()
await attachment.closed
utility.kill()

/** Gives a window one end of a channel: `window.webContents.postMessage("zmtp", null, [port])`. */
export async function serve(give) {
  const { port1, port2 } = new MessageChannelMain()
  give(port2)
  const reply = new Reply()
  const { closed } = await reply.attach(port1, { role: "accept" })
  void closed.then(() => reply.close())
  for await (const [name] of reply) await reply.send(`Hello ${name}`)
}
