"""Static files under names with a hash of their content, ES modules included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """Rewrites the addresses in `import` as well, so that a module and what it imports change names together."""

    support_js_module_import_aggregation = True
    max_post_process_passes = 30  # one for each link of the longest chain of imports; a circle would never settle
