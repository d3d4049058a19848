/** The version of this extension, as in package.json: a test holds the two to each other. */
export const PACKAGE_VERSION = '0.1.0';
