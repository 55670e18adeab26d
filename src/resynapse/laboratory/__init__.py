"""The animal laboratory: group experiments on rodents, run again with their numbers of animals and their noise."""

from .defeat import DefeatPicture, social_defeat_picture
from .design import Design, design_file, read_design
from .experiment import Account, Power, run
from .library import design, design_names, named_or_file

__all__ = [
    "Account",
    "DefeatPicture",
    "Design",
    "Power",
    "design",
    "design_file",
    "design_names",
    "named_or_file",
    "read_design",
    "run",
    "social_defeat_picture",
]
