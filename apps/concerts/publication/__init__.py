"""What stands between a draft and the public: what is missing, and which content was approved."""
