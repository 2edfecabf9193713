// Jest's environment for node, whose global object is an ordinary one. In Jest's own, each use of a global name (Math,
// Buffer, undefined) asks an interceptor: code runs at a half to a twelfth of node's speed.
const vm = require("node:vm");
const { TestEnvironment } = require("jest-environment-node");

module.exports = class extends TestEnvironment {
  constructor(config, context) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
  }
};
