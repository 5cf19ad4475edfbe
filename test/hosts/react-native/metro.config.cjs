// As React Native's own, but for its presets of Babel: Node runs what they would transform.
module.exports = {
  projectRoot: __dirname,
  resolver: { unstable_enablePackageExports: true, unstable_conditionNames: ["require", "react-native"] },
  transformer: {
    getTransformOptions: () =>
      Promise.resolve({ transform: { experimentalImportSupport: true, inlineRequires: false } }),
  },
}
