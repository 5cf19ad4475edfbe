const { zmq, bind, next, tell } = require("../stage.cjs")

process.on("uncaughtException", (error) => tell("uncaught", error))
process.on("unhandledRejection", (error) => tell("unhandled", error))

async function run() {
  const [push, pull] = [zmq.socket("push"), zmq.socket("pull")]
  push.connect(await bind(pull))
  const both = next(pull, "message", 2)
  pull.once("message", () => {
    throw new Error("of a listener")
  })
  push.send("one")
  push.send("two")
  tell(await both)

  // Sending on a receive-only socket causes an unhandled rejection.
  pull.send("back")
  await next(process, "unhandledRejection")
  const sub = zmq.socket("sub")
  sub.send("back")
  await next(process, "unhandledRejection")
  sub.close()
  push.close()
  pull.close()
}

run()
