import { user } from "../users.js";

export default {
  vu: {
    get idInTest() {
      return user().idInTest;
    },
    get iterationInInstance() {
      return user().iterationInInstance;
    },
  },
  scenario: {
    get iterationInTest() {
      return user().iterationInTest;
    },
    get name() {
      return user().scenario;
    },
  },
};
