require("./everything.cjs").run().then(console.log)
