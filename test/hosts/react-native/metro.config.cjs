// React Native's configuration without its Babel presets, because Node supports the syntax that they transform.
module.exports = {
  projectRoot: __dirname,
  resolver: { unstable_enablePackageExports: true, unstable_conditionNames: ["require", "react-native"] },
  transformer: {
    getTransformOptions: () =>
      Promise.resolve({ transform: { experimentalImportSupport: true, inlineRequires: false } }),
  },
}
