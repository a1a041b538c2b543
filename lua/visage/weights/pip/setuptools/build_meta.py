"""The build backend pip falls back on, cut down to reading PKG-INFO."""
import os
import re


class __legacy__:  # the name pip asks for when there is no pyproject.toml
    @staticmethod
    def get_requires_for_build_wheel(config_settings=None):
        return []

    @staticmethod
    def prepare_metadata_for_build_wheel(folder, config_settings=None):
        with open("PKG-INFO", encoding="utf-8") as file:
            head = file.read().split("\n\n", 1)[0]
        name, version = (
            re.search(r"^%s: *([A-Za-z0-9._+!-]+) *$" % key, head, re.M).group(1)
            for key in ("Name", "Version"))
        info = "%s-%s.dist-info" % (re.sub(r"[-_.]+", "_", name), version)
        os.mkdir(os.path.join(folder, info))
        with open(os.path.join(folder, info, "METADATA"), "w") as file:
            file.write("Metadata-Version: 2.1\nName: %s\nVersion: %s\n"
                       % (name, version))
        return info


get_requires_for_build_wheel = __legacy__.get_requires_for_build_wheel
prepare_metadata_for_build_wheel = __legacy__.prepare_metadata_for_build_wheel
