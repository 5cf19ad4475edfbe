// A utility process of Electron: squares numbers for the main process.
import { Reply } from "zmtp"

const reply = new Reply()
await reply.attach(process.parentPort, { role: "accept" })
for await (const [number] of reply) await reply.send(String(Number(number) ** 2))
