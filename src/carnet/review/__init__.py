"""Facts and requirements -> findings. It knows no plug, no carbon and no country."""
