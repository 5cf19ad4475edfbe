const { Broker, Client, Worker } = require("pigato")
const net = require("node:net")

// Finds a free port.
const probe = net.createServer().listen(0, "127.0.0.1", () => {
  const address = `tcp://127.0.0.1:${probe.address().port}`
  probe.close(() => {
    const worker = new Worker(address, "echo")
    worker.on("request", (input, reply) => reply.end(`${input}!`))
    const client = new Client(address)
    const done = (error, data) => {
      console.log(error || data)
      process.exit(0)
    }
    const onStart = () => {
      worker.start()
      client.start()
      client.request("echo", "hello", () => {}, done)
    }
    const broker = new Broker(address, { onStart })
    broker.start()
  })
})
