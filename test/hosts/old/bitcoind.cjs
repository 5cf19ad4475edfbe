const { BitcoindClient } = require("@node-lightning/bitcoind")
const zmq = require("zeromq")

const node = zmq.socket("xpub")
node.bindSync("tcp://127.0.0.1:*")
const client = new BitcoindClient({ zmqpubrawtx: node.last_endpoint, zmqpubrawblock: node.last_endpoint })
client.on("rawtx", (transaction) => {
  console.log(String(transaction))
  client.rawTxSock.close()
  node.close()
})
node.on("message", () => node.send(["rawtx", "transaction", "0"]))
client.subscribeRawTx()
