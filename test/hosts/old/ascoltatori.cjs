// The main entry point would also load the database drivers.
const ZeromqAscoltatore = require("ascoltatori/lib/zeromq_ascoltatore")
const net = require("node:net")

/** Finds a free port. */
const port = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const address = `tcp://127.0.0.1:${server.address().port}`
      server.close(() => resolve(address))
    })
  })

async function main() {
  const [first, second] = [
    { port: await port(), controlPort: await port() },
    { port: await port(), controlPort: await port() },
  ]
  const build = (settings) =>
    new Promise((resolve) =>
      new ZeromqAscoltatore(settings).on("ready", function () {
        resolve(this)
      }),
    )
  const zmq = require("zeromq")
  const left = await build({ ...first, zmq })
  const right = await build({ ...second, zmq, remotePorts: [first.controlPort] })
  const heard = new Promise((resolve) => left.subscribe("greeting", (topic, message) => resolve(`${topic} ${message}`)))
  // Publish repeatedly until both sides have received a message.
  const again = setInterval(() => right.publish("greeting", "hello"), 50)
  console.log(await heard)
  clearInterval(again)
  left.close(() => right.close(() => process.exit(0)))
}

main()
