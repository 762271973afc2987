//! Serves the local pages and forms over the use cases, and the API beside them.
