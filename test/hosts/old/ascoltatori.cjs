// The main entry loads the drivers of databases, too.
const ZeromqAscoltatore = require("ascoltatori/lib/zeromq_ascoltatore")
const net = require("node:net")

/** A port that nobody has. */
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
  // Until both have heard of each other.
  const again = setInterval(() => right.publish("greeting", "hello"), 50)
  console.log(await heard)
  clearInterval(again)
  left.close(() => right.close(() => process.exit(0)))
}

main()
