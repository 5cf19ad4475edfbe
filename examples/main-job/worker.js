import { countWords } from "./text.js"

async function work({ name, library, tasks, results }) {
  const { Pull, Push } = library === "libzmq" ? await import("zeromq") : await import("zmtp")
  const pull = new Pull()
  const push = new Push()
  const { events } = pull
  pull.connect(tasks)
  push.connect(results)
  process.once("disconnect", () => {
    pull.close()
    push.close()
  })
  for await (const { type } of events) if (type === "handshake") break
  await push.send([name, "", 0])
  for await (const [path, text] of pull) await push.send([name, path, countWords(text.toString())])
}

process.once("message", (start) => {
  work(start).catch((error) => {
    process.send?.({ failed: error instanceof Error ? error.message.split("\n")[0] : String(error) })
    process.exitCode = 1
    process.disconnect()
  })
})
